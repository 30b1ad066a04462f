import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LocalSight, LocalWork } from '../../core/local.js';
import type { Pulse } from '../../core/run/request.js';
import type { Seen } from './run.js';

/** How often news are written at most, ms. */
const everyMs = 100;

/** What a process that was lost had told last, by path. */
export function lastPulses(path: string): ReadonlyMap<string, Pulse> {
  let work: readonly LocalWork[];
  try {
    ({ work } = JSON.parse(readFileSync(path, 'utf8')) as LocalSight);
  } catch {
    // Nothing was seen of it yet, or the file is torn: counts of probes begin anew then.
    return new Map();
  }
  return new Map(work.flatMap(({ path: at, pulse }) => (pulse === null ? [] : [[at, pulse]])));
}

/** Writes how a run stands, for readers. */
export class SightWriter {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #seen: Seen;
  #shown = '';

  constructor(path: string, seen: Seen) {
    this.#path = path;
    this.#seen = seen;
    this.#timer = setInterval(() => this.write(), everyMs);
  }

  /** What there is to be seen from now on. */
  see(seen: Seen): void {
    if (seen !== this.#seen) seen.family.changed = true;
    this.#seen = seen;
  }

  #work(): LocalWork[] {
    return [...this.#seen.kernel.open.values()].flatMap(({ order, begun, pulse, atWork }) =>
      order.path === null || !atWork ? [] : [{ path: order.path, attempt: begun, pulse }],
    );
  }

  /** Writes what is new. */
  write(): void {
    const work = this.#work();
    const shown = JSON.stringify(work);
    const { family } = this.#seen;
    if (!family.changed && shown === this.#shown) return;
    family.changed = false;
    this.#shown = shown;
    const sight: LocalSight = {
      record: this.#seen.record(),
      items: family.items(),
      work,
      pid: process.pid,
    };
    writeFileSync(`${this.#path}.tmp`, JSON.stringify(sight), { mode: 0o600 });
    renameSync(`${this.#path}.tmp`, this.#path);
  }

  close(): void {
    clearInterval(this.#timer);
    this.write();
  }
}
