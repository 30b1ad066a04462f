import { RunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';

/** Where in a command the worker is lost: before the target heard of it, or after its effect. */
export type Moment = 'before' | 'after';

/** The worker is gone: every command from here on fails in this way. */
export class Killed extends RunbookError {
  constructor() {
    super('unreachable', 'the worker was killed here by the test');
    this.name = 'Killed';
  }
}

/** The life of one worker: counts its commands over all targets, and ends it at the chosen one. */
export interface Lifeline {
  /** The same target, as this worker reaches it. */
  wrap(target: Target): Target;
  /** Commands begun. */
  commands(): number;
  /** True once the worker was killed. */
  dead(): boolean;
  /** Resolves when no command of this worker runs any more. */
  quiet(): Promise<void>;
}

/** A worker that dies at its `at`-th command (from 1); null: one that lives. */
export function lifeline(at: number | null, moment: Moment = 'before'): Lifeline {
  let commands = 0;
  let dead = false;
  const running = new Set<Promise<unknown>>();

  async function live<T>(effect: () => Promise<T>): Promise<T> {
    if (dead) throw new Killed();
    commands += 1;
    const fatal = commands === at;
    if (fatal && moment === 'before') {
      dead = true;
      throw new Killed();
    }
    const pending = effect();
    const settled = pending.then(
      () => undefined,
      () => undefined,
    );
    running.add(settled);
    await settled;
    running.delete(settled);
    if (fatal) dead = true;
    // Whatever the target answered: a dead worker does not hear it.
    if (dead) throw new Killed();
    return pending;
  }

  return {
    wrap: (target) => ({
      ...target,
      run: (...call) => live(() => target.run(...call)),
      json: <T>(...call: Parameters<Target['json']>) => live(() => target.json<T>(...call)),
    }),
    commands: () => commands,
    dead: () => dead,
    quiet: async () => {
      await Promise.all(running);
    },
  };
}
