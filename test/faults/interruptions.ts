import { setTimeout as pause } from 'node:timers/promises';
import type { Kill } from './kills.js';
import type { Interrupted } from './recovery.js';
import type { Rig } from './rig.js';

/** How often it is looked whether somebody was killed, ms. */
const lookEvery = 50;

/** What killed workers had in hand of the runs that are open, noted as long as the server does not know of it. */
export class Interruptions {
  readonly #rig: Rig;
  readonly #open: ReadonlySet<string>;
  readonly #lost: Interrupted[] = [];

  constructor(rig: Rig, open: ReadonlySet<string>) {
    this.#rig = rig;
    this.#open = open;
  }

  /** Looks after each kill, until it is over. */
  async look(over: AbortSignal): Promise<void> {
    let seen = 0;
    while (!over.aborted) {
      await pause(lookEvery);
      for (const { at } of this.kills().slice(seen)) {
        seen += 1;
        for (const run of this.#open) this.#note(await this.#rig.interrupted(run, at));
      }
    }
  }

  /** Workers that were killed, oldest first. */
  kills(): readonly Kill[] {
    return this.#rig.kills().filter(({ victim }) => victim === 'worker');
  }

  /** What each had in hand, and when the next was killed. */
  found(): Interrupted[] {
    const kills = this.kills().map(({ at }) => at);
    return this.#lost.map((one) => ({
      ...one,
      nextKillAt: kills.find((at) => at > one.killedAt) ?? null,
    }));
  }

  /** What an earlier kill has interrupted stays so until its heartbeats are missed. */
  #note(found: readonly Interrupted[]): void {
    for (const one of found) {
      const known = this.#lost.some(
        ({ execution, activity, begunAt }) =>
          execution === one.execution && activity === one.activity && begunAt === one.begunAt,
      );
      if (!known) this.#lost.push(one);
    }
  }
}
