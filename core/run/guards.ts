import { attempts, noteCheck, request } from './attempt.js';
import { holds } from './expression.js';
import { targetsOf, type Frame } from './frame.js';
import { pendingStep } from './reduce.js';
import { failureOf, permanent, type Run, type Use } from './run.js';
import type { Guard } from '../definition/runbook.js';

/**
 * Checks guards, all at once, and tells all that do not hold, not only the first. A guard that cannot be
 * checked does not hold. Null when all do. Those of the frame's runbook unless told.
 */
export async function checkGuards(
  run: Run,
  frame: Frame,
  guards: readonly Guard[] = frame.runbook.guards ?? [],
): Promise<string | null> {
  const broken = (await Promise.all(guards.map((guard) => oneGuard(run, frame, guard)))).flat();
  return broken.length === 0 ? null : broken.join('\n');
}

/** True where all guards of a frame were checked before, and held. */
export function guardsHeld(run: Run, frame: Frame): boolean {
  return (frame.runbook.guards ?? []).every(({ id }) => {
    const path = frame.index.get(id)?.path ?? id;
    const found = run.record.steps.filter(
      (step) => step.path === path || step.path.startsWith(`${path}[`),
    );
    return found.every(({ outcome }) => outcome === 'unchanged' || outcome === 'skipped');
  });
}

async function oneGuard(run: Run, frame: Frame, guard: Guard): Promise<string[]> {
  const indexed = frame.index.get(guard.id);
  if (indexed === undefined) throw new TypeError(`guard '${guard.id}' is not in its frame`);
  const use: Use = { frame, indexed, path: indexed.path, target: null };
  const at = (): string => run.engine.now();
  try {
    const scope = run.scope(frame, null);
    if (!holds(guard.if, scope, `guard '${use.path}'`)) {
      run.emit({
        type: 'step-ended',
        path: use.path,
        outcome: 'skipped',
        at: at(),
        note: `if: ${guard.if}`,
      });
      return [];
    }
    const targets = targetsOf(run.program, frame, guard, run.facts(guard.action), scope);
    const uses = targets.names.map((target) => ({
      ...use,
      target,
      path: targets.list ? `${use.path}[${target}]` : use.path,
    }));
    // A call that is tried again has expanded its guards before.
    const whole = run.record.steps.find((step) => step.path === use.path);
    if (whole !== undefined) {
      run.emit({
        type: 'expanded',
        path: use.path,
        into: uses.map(({ path, target }) =>
          pendingStep({ path, target, title: whole.title, kind: 'guard', action: guard.action }),
        ),
      });
    }
    return (await Promise.all(uses.map((one) => oneTarget(run, one, guard)))).flat();
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    const failure = failureOf(error);
    run.emit({ type: 'step-failed', path: use.path, failure, at: at() });
    return [`${use.path}: ${failure.message}`];
  }
}

async function oneTarget(run: Run, use: Use, guard: Guard): Promise<string[]> {
  try {
    const answer = await attempts(run, use, () =>
      run.engine.perform(request(run, use, run.facts(guard.action), 'check')),
    );
    noteCheck(run, use.path, answer);
    if (answer.drift !== null) throw permanent('guard-failed', answer.drift);
    run.emit({ type: 'step-ended', path: use.path, outcome: 'unchanged', at: run.engine.now() });
    return [];
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    const failure = failureOf(error);
    run.emit({ type: 'step-failed', path: use.path, failure, at: run.engine.now() });
    return [`${use.path}: ${failure.message}`];
  }
}
