/** How a step ended. */
export const stepOutcomes = [
  'unchanged',
  'changed',
  'skipped',
  'confirmed',
  'restored',
  'failed',
  'undone',
] as const;
export type StepOutcome = (typeof stepOutcomes)[number];

/** What a step is doing; null in the record when it has not begun or has ended. */
export const stepPhases = [
  'checking',
  'applying',
  'waiting',
  'retrying',
  'parked',
  'undoing',
] as const;
export type StepPhase = (typeof stepPhases)[number];

/** States of a run that goes on. */
export const openStates = [
  'resolving',
  'queued',
  'running',
  'waiting',
  'paused',
  'parked',
  'undoing',
  /** All is done that its steps say; kept open so that it can be put back with the run whose item it is. */
  'done',
] as const;
/** States of a run that has ended. */
export const endedStates = ['succeeded', 'refused', 'undone', 'stopped', 'cancelled'] as const;
/** Every state of a run. */
export const runStates = [...openStates, ...endedStates] as const;
export type OpenState = (typeof openStates)[number];
export type EndedState = (typeof endedStates)[number];
export type RunState = (typeof runStates)[number];

/** True when nothing more will happen by itself or by decision. */
export function hasEnded(state: RunState): state is EndedState {
  return (endedStates as readonly RunState[]).includes(state);
}

/** True when the run goes on only after a person has decided. */
export function needsPerson(state: RunState): boolean {
  return state === 'parked' || state === 'waiting' || state === 'paused';
}

/** True for a step that has ended well enough for later steps to go on. */
export function isDone(outcome: StepOutcome | null): boolean {
  return outcome !== null && outcome !== 'undone';
}

/** What a plan says of a step. */
export const planKinds = [
  'no-op',
  'change',
  'disrupt',
  'destroy',
  'holds',
  'does-not-hold',
  'deferred',
  'undetermined',
  'skipped',
  'manual',
] as const;
export type PlanKind = (typeof planKinds)[number];

/** True for a planned step that would alter its target. */
export function alters(kind: PlanKind): boolean {
  return kind === 'change' || kind === 'disrupt' || kind === 'destroy';
}

/** Verbs by which a person decides over a run. */
export const decisionVerbs = [
  'retry',
  'skip',
  'confirm',
  'undo',
  'cancel',
  'pause',
  'resume',
  'approve',
  'reject',
] as const;
export type DecisionVerb = (typeof decisionVerbs)[number];
