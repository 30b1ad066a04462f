import type { Step } from '../definition/runbook.js';

/** The kinds of step, by the key that marks each. */
export const stepKinds = [
  'action',
  'wait',
  'restore',
  'delay',
  'approval',
  'manual',
  'call',
  'forEach',
  'parallel',
  'steps',
] as const;
export type StepKind = (typeof stepKinds)[number];

/** What to do when a step has failed for good. */
export const failurePolicies = ['park', 'undo', 'stop', 'continue'] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/** Kind of a step, by its marking key. */
export function kindOf(step: Step): StepKind {
  const kind = stepKinds.find((key) => key in step);
  if (kind === undefined) throw new TypeError(`step '${step.id}' has no kind`);
  return kind;
}

/** Steps written inside a step; none where there are none. */
export function innerSteps(step: Step): readonly Step[] {
  if ('parallel' in step) return step.parallel;
  if ('steps' in step) return step.steps;
  return [];
}

/** Steps inside a step that the same run does: those of a `forEach` are done by the runs of its items. */
export function ownSteps(step: Step): readonly Step[] {
  return 'forEach' in step ? [] : innerSteps(step);
}
