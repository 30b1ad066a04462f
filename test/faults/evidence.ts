import type { RunRecord } from '../../core/record.js';
import { hasEnded } from '../../core/run/outcome.js';
import type { Mark } from './ledger.js';

/** All that is known of one run from outside, once it stands still. */
export interface Evidence {
  readonly run: string;
  /** What its targets have written, oldest first. */
  readonly marks: readonly Mark[];
  /** How often each step's effect is there now. */
  readonly effects: Readonly<Record<string, number>>;
  /** What `status --json` says. */
  readonly record: RunRecord;
  /** Exit code of that. */
  readonly exit: number;
  /** Command lines of processes of the run that are still there. */
  readonly processes: readonly string[];
  /** Resources whose lease the run still has, or waits for. */
  readonly leases: readonly string[];
}

/** What was broken: the invariant, and how. */
export interface Violation {
  readonly invariant: `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10}`;
  readonly what: string;
}

/** What was found wrong, in words. */
export type Found = readonly Violation['what'][];

/** I7: nothing of a run that has ended is left. */
export function leftovers({ record, processes, leases }: Evidence): Found {
  if (!hasEnded(record.state)) return [];
  return [
    ...processes.map((one) => `still there: ${one}`),
    ...leases.map((one) => `the lease on ${one} was not given back`),
  ];
}

/** Looks at a run for everything that it may have broken. */
export function judge(
  evidence: Evidence,
  checks: readonly (readonly [Violation['invariant'], (evidence: Evidence) => Found])[],
): Violation[] {
  return checks.flatMap(([invariant, look]) =>
    look(evidence).map((what) => ({ invariant, what: `${evidence.run}: ${what}` })),
  );
}
