import type { Step } from '../definition/runbook.js';
import { actionName } from './attempt.js';
import { targetsOf } from './frame.js';
import { pendingStep } from './reduce.js';
import type { Run, Use } from './run.js';

/**
 * The uses of a step that acts: one, or one per target of a list. Found in the record where the step
 * was reached before, else worked out now and noted there. None when the list of targets is empty.
 * @throws PermanentError `target-unknown`, `expression-failed`.
 */
export function expand(run: Run, use: Use, step: Step): Use[] {
  const known = run.record.steps.filter((recorded) => recorded.path.startsWith(`${use.path}[`));
  if (known.length > 0) return known.map(({ path, target }) => ({ ...use, path, target }));
  const { target, title } = run.step(use.path);
  if (target !== null) return [{ ...use, target }];
  const facts = run.facts(actionName(use));
  const targets = targetsOf(run.program, use.frame, step, facts, run.scope(use.frame, null));
  run.emit({ type: 'targets', targets: targets.names });
  const [only] = targets.names;
  if (!targets.list && only !== undefined) {
    run.emit({ type: 'step-target', path: use.path, target: only });
    return [{ ...use, target: only }];
  }
  if (targets.names.length === 0) return [];
  const uses = targets.names.map((name) => ({
    ...use,
    path: `${use.path}[${name}]`,
    target: name,
  }));
  run.emit({
    type: 'expanded',
    path: use.path,
    into: uses.map((one) =>
      pendingStep({
        path: one.path,
        title,
        kind: use.indexed.kind,
        action: actionName(use),
        target: one.target,
      }),
    ),
  });
  return uses;
}
