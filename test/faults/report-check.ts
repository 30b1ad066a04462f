import type { StepRecord } from '../../core/record.js';
import type { Evidence } from './evidence.js';
import { effectSteps, lastStep, stepOf } from './reference.js';

/** What the record says of one step that the ledger and the effects do not bear out; null where they do. */
function fault(step: StepRecord, { marks, effects }: Evidence): string | null {
  const id = stepOf(step.path);
  const begun = marks.some((one) => one.step === id && one.verb === 'apply');
  const there = (effects[id] ?? 0) > 0;
  if (!step.applied && begun) return 'was begun, and the record has no apply';
  switch (step.outcome) {
    case 'changed':
      return there ? null : 'is reported as changed, and is not there';
    case 'undone':
      return there ? 'is reported as undone, and is there' : null;
    case 'unchanged':
    case 'skipped':
      return begun ? `is reported as ${step.outcome}, and was begun` : null;
    case 'failed':
      return 'is reported as failed, and nothing of it can fail';
    case null:
      // In doubt: either is possible, as long as the record says that something was begun.
      return there && !step.applied ? 'is there, and the record does not know' : null;
    case 'confirmed':
    case 'restored':
      return `is reported as ${step.outcome}, which nobody has asked for`;
    default: {
      const never: never = step.outcome;
      return never;
    }
  }
}

/** Where the record of a run and the world differ. */
export function reportFaults(evidence: Evidence): string[] {
  const { record } = evidence;
  const known = [...effectSteps, lastStep];
  const found: string[] = [];
  const seen = new Set<string>();
  for (const step of record.steps) {
    const id = stepOf(step.path);
    if (!known.includes(id)) continue;
    seen.add(id);
    const what = fault(step, evidence);
    if (what !== null) found.push(`${step.path} ${what}`);
  }
  for (const id of known) {
    const unseen = !seen.has(id) && evidence.marks.some((mark) => mark.step === id);
    if (unseen) found.push(`${id} was begun, and is not in the record`);
    if ((evidence.effects[id] ?? 0) > 1)
      found.push(`${id} has left ${evidence.effects[id]} traces`);
  }
  return found;
}
