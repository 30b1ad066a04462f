import { setTimeout as delay } from 'node:timers/promises';
import type { ActionContext } from '../../core/action.js';
import { milliseconds } from '../../core/duration.js';
import type { Target } from '../../core/target.js';

/** What an action is given, with everything that it reports collected. */
export function contextOf(target: Target, reports: string[] = []): ActionContext {
  return {
    target,
    on: (name) => {
      throw new Error(`no target ${name}`);
    },
    run: { id: 'test-lab', step: 'test', startedAt: new Date().toISOString(), user: 'test' },
    secrets: [],
    signal: new AbortController().signal,
    sleep: async (duration) => {
      await delay(milliseconds(duration));
    },
    now: () => new Date(),
    report: (drift) => {
      reports.push(drift);
    },
  };
}
