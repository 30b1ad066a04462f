import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LocalSight, LocalWork } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import type { Pulse } from '../../core/run/request.js';
import type { LocalEngine } from './engine.js';

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
  readonly #engine: LocalEngine;
  #record: () => RunRecord;
  readonly #timer: NodeJS.Timeout;
  #shown = '';

  constructor(path: string, engine: LocalEngine, record: () => RunRecord) {
    this.#path = path;
    this.#engine = engine;
    this.#record = record;
    this.#timer = setInterval(() => this.write(), everyMs);
  }

  /** Where the record is to be had from now on. */
  see(record: () => RunRecord): void {
    this.#record = record;
    this.#engine.changed = true;
  }

  #work(): LocalWork[] {
    return [...this.#engine.open.values()].flatMap(({ order, begun, pulse, atWork }) =>
      order.path === null || !atWork ? [] : [{ path: order.path, attempt: begun, pulse }],
    );
  }

  /** Writes what is new. */
  write(): void {
    const work = this.#work();
    const shown = JSON.stringify(work);
    if (!this.#engine.changed && shown === this.#shown) return;
    this.#engine.changed = false;
    this.#shown = shown;
    const sight: LocalSight = { record: this.#record(), work, pid: process.pid };
    writeFileSync(`${this.#path}.tmp`, JSON.stringify(sight), { mode: 0o600 });
    renameSync(`${this.#path}.tmp`, this.#path);
  }

  close(): void {
    clearInterval(this.#timer);
    this.write();
  }
}
