import type { DecisionRecord, RunRecord, StepRecord, Waiting } from '../../core/record.js';
import { hasEnded, needsPerson } from '../../core/run/outcome.js';

/** Something that two looks at a run show between them. */
export type Change =
  | { readonly type: 'state'; readonly state: RunRecord['state'] }
  | { readonly type: 'step'; readonly step: StepRecord }
  | { readonly type: 'drift'; readonly step: StepRecord }
  | { readonly type: 'decision'; readonly decision: DecisionRecord }
  | { readonly type: 'waiting'; readonly waiting: Waiting }
  | { readonly type: 'ended' };

function stand(step: StepRecord): string {
  return JSON.stringify([step.phase, step.outcome, step.attempts, step.failure]);
}

/** True for a step that has only not begun: nothing to tell. */
function untouched(step: StepRecord): boolean {
  return step.phase === null && step.outcome === null;
}

/** What has happened since an earlier look, in the order in which it is to be told. */
export function changes(before: RunRecord | null, after: RunRecord): Change[] {
  const found: Change[] = [];
  const known = new Map(before?.steps.map((step) => [step.path, step]));
  const moved = before?.state !== after.state && !hasEnded(after.state);
  const still = needsPerson(after.state);
  if (moved && !still) found.push({ type: 'state', state: after.state });
  for (const decision of after.decisions.slice(before?.decisions.length ?? 0))
    found.push({ type: 'decision', decision });
  const steps = after.steps.filter((step) => {
    const old = known.get(step.path);
    return old === undefined ? !untouched(step) : stand(old) !== stand(step);
  });
  // Steps that ended come first, and in the order in which they did.
  const ended = steps
    .filter((step) => step.endedAt !== null)
    .toSorted((a, b) => Date.parse(a.endedAt ?? '') - Date.parse(b.endedAt ?? ''));
  for (const step of [...ended, ...steps.filter((step) => step.endedAt === null)])
    found.push({ type: 'step', step });
  for (const step of after.steps) {
    const old = known.get(step.path);
    const same = old !== undefined && stand(old) === stand(step);
    if (same && step.outcome === null && step.drift !== null && step.drift !== old.drift)
      found.push({ type: 'drift', step });
  }
  // That it waits is told after what made it wait.
  if (moved && still) found.push({ type: 'state', state: after.state });
  const asked = new Set(before?.waitingFor.map((waiting) => `${waiting.path} ${waiting.since}`));
  for (const waiting of after.waitingFor)
    if (!asked.has(`${waiting.path} ${waiting.since}`)) found.push({ type: 'waiting', waiting });
  if (hasEnded(after.state) && before?.state !== after.state) found.push({ type: 'ended' });
  return found;
}

/** True when nothing more happens until a person decides. */
export function standsStill(record: RunRecord): boolean {
  if (record.state === 'paused') return true;
  if (record.state !== 'parked' && record.state !== 'waiting') return false;
  const asked = new Set(record.waitingFor.map((waiting) => waiting.path));
  return record.steps.every(
    (step) =>
      step.phase === null ||
      step.phase === 'parked' ||
      asked.has(step.path) ||
      // An item of a fleet stands still when its own run does.
      (step.kind === 'item' && [...asked].some((path) => path.startsWith(`${step.path}/`))) ||
      // A group stands still when all that it holds does.
      record.steps.some(
        (inner) =>
          inner.path.startsWith(`${step.path}/`) ||
          (step.kind === 'forEach' && inner.path.startsWith(`${step.path}[`)),
      ),
  );
}
