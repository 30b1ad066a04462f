import type { RestoreStep } from '../definition/runbook.js';
import { permanent, type Run, type Use } from './run.js';

/** The uses of the step that is to be restored, newest first. */
export function sourcesOf(run: Run, use: Use, step: RestoreStep): Use[] {
  const source = use.frame.index.get(step.restore);
  if (source === undefined)
    throw permanent('definition-invalid', `there is no step '${step.restore}'`);
  return run.record.steps
    .filter((known) => known.path === source.path || known.path.startsWith(`${source.path}[`))
    .map((known) => run.locate(known.path))
    .toReversed();
}
