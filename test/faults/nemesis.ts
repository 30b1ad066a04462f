import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../client/embedded/json-file.js';
import { serverPlaces, projectStates, workerPlaces } from '../../client/embedded/places.js';
import { isRunning, mark, type ProcessMark } from '../../client/embedded/process.js';
import type { Spot } from './points.js';

export type Victim = 'worker' | 'server';

/** What a trap does: signals to send, and how long its own command goes on afterwards. */
export interface Trap {
  readonly kills: readonly Victim[];
  readonly lingerSeconds: number;
  /** The longest that the command stands still there, until it is released. */
  readonly holdSeconds?: number;
}

/** Kills and signals, by process id only; lays the traps that target.sh springs. */
export class Nemesis {
  readonly #folder: string;
  readonly #state: string;
  /** Faults that were done, by kind. */
  readonly done = new Map<string, number>();

  constructor(folder: string, state: string) {
    this.#folder = folder;
    this.#state = state;
    for (const name of ['traps', 'sprung', 'released'])
      mkdirSync(join(folder, name), { recursive: true });
  }

  count(kind: string): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  /** Lays a trap: it springs once, when the step of this run comes to the point. */
  lay(run: string, { step, point }: Spot, { kills, lingerSeconds, holdSeconds = 0 }: Trap): void {
    const lines = [
      ...kills.map((victim) => `KILL ${victim}`),
      `hold ${holdSeconds}`,
      `linger ${lingerSeconds}`,
    ];
    writeFileSync(join(this.#folder, 'traps', `${run}.${step}.${point}`), `${lines.join('\n')}\n`);
  }

  /** True once a trap has sprung. */
  sprung(run: string, { step, point }: Spot): boolean {
    return existsSync(join(this.#folder, 'sprung', `${run}.${step}.${point}`));
  }

  /** Lets a command go on that a trap holds. */
  release(run: string, { step, point }: Spot): void {
    writeFileSync(join(this.#folder, 'released', `${run}.${step}.${point}`), '');
  }

  /** The process of a victim; null where it does not run. */
  process(victim: Victim): ProcessMark | null {
    const path =
      victim === 'server'
        ? serverPlaces(this.#state).status
        : projectStates(this.#state).map((one) => workerPlaces(one).status)[0];
    const known = path === undefined ? null : (readJson(path) as Record<string, unknown> | null);
    if (known === null) return null;
    if (victim === 'server') {
      const process = known['process'] as ProcessMark;
      return isRunning(process) ? process : null;
    }
    const pid = Number(known['pid']);
    return isOurs(pid, this.#state) ? mark(pid) : null;
  }

  /** Sends a signal; answers the process that got it, null where there was none. */
  signal(victim: Victim, name: NodeJS.Signals): ProcessMark | null {
    const found = this.process(victim);
    if (found === null) return null;
    process.kill(found.pid, name);
    this.count(`${name} ${victim}`);
    return found;
  }
}

/** True for a worker of this state folder: its status may be older than the process that now has its number. */
function isOurs(pid: number, state: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(state);
  } catch {
    // Gone.
    return false;
  }
}
