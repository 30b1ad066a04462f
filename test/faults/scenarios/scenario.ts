import type { Result } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Interrupted } from '../recovery.js';
import type { Rig } from '../rig.js';

/** What a scenario came to. */
export interface Outcome {
  /** What was judged: kills at a point of their own, else runs, or files. */
  readonly trials: number;
  readonly violations: readonly Violation[];
  /** What killed workers had in hand. */
  readonly interrupted?: readonly Interrupted[];
}

/** One way of breaking things, on a rig that it may have for itself. */
export type Scenario = (rig: Rig, dice: Dice) => Promise<Outcome>;

export function together(outcomes: readonly Outcome[]): Outcome {
  return {
    trials: outcomes.reduce((sum, { trials }) => sum + trials, 0),
    violations: outcomes.flatMap(({ violations }) => violations),
  };
}

/** I8: a command line that ended otherwise than it has to. */
export function wrongExit(what: string, result: Result, ...right: readonly number[]): Violation[] {
  if (right.includes(result.code)) return [];
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-600);
  return [
    { invariant: 'I8', what: `${what}: exit ${result.code}, not ${right.join(' or ')}\n${said}` },
  ];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
