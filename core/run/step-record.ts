import type { RunRecord, StepRecord } from '../record.js';

/** A record with one of its steps changed. */
export function changeStep(
  record: RunRecord,
  path: string,
  change: (step: StepRecord) => StepRecord,
): RunRecord {
  const index = record.steps.findIndex((candidate) => candidate.path === path);
  const found = record.steps[index];
  if (found === undefined) throw new TypeError(`the record has no step '${path}'`);
  const steps = record.steps.slice();
  steps[index] = change(found);
  return { ...record, steps };
}
