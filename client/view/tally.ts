import type { StepRecord } from '../../core/record.js';
import { stepOutcomes, type StepOutcome } from '../../core/run/outcome.js';

const groups: ReadonlySet<StepRecord['kind']> = new Set(['parallel', 'steps', 'call', 'forEach']);

/** True for a step that does nothing itself but holds others. */
export function isGroup(step: StepRecord): boolean {
  return groups.has(step.kind);
}

/** How many steps ended how, as words: `3 changed, 5 unchanged, 1 skipped`; groups do not count. */
export function tally(steps: readonly StepRecord[]): string {
  const counts = new Map<StepOutcome, number>();
  for (const step of steps) {
    if (step.outcome === null || isGroup(step)) continue;
    counts.set(step.outcome, (counts.get(step.outcome) ?? 0) + 1);
  }
  const order = [...stepOutcomes].sort(
    (a, b) => Number(b === 'changed') - Number(a === 'changed') || 0,
  );
  return order
    .filter((outcome) => counts.has(outcome))
    .map((outcome) => `${counts.get(outcome)} ${outcome}`)
    .join(', ');
}

/** Steps whose change is still in place: what an undo would put back, newest first. */
export function leftChanged(steps: readonly StepRecord[]): StepRecord[] {
  return steps.filter((step) => step.applied && !step.restored).toReversed();
}
