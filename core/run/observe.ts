import { endStep, bringAbout } from './act.js';
import { actionName, requestAbout } from './attempt.js';
import { failureOf, type Run, type Use } from './run.js';

/** Outcomes that claim that something is so now. */
export const claims = new Set(['changed', 'unchanged', 'confirmed']);

/** Steps that claim something which no later step has superseded, oldest first. */
function claimants(run: Run, except: string): Use[] {
  const latest = new Map<string, Use>();
  for (const step of run.record.steps) {
    if (step.kind !== 'action' || step.restored || step.resource === null) continue;
    const use = run.locate(step.path);
    if (run.facts(actionName(use)).impact === 'read') continue;
    const key = `${use.target ?? ''} ${step.resource}`;
    const claimed = step.outcome !== null && claims.has(step.outcome) && step.path !== except;
    // A change that was only begun supersedes as well: it may have come through.
    if (claimed || step.applied) latest.delete(key);
    if (claimed) latest.set(key, use);
  }
  return [...latest.values()];
}

/** Attempts at a check that fails for a passing reason, with a pause of this many ms times their number. */
const tries = 3;
const pauseMs = 1000;

/** Drift of a finished step now; also text where nobody can tell. */
export async function driftNow(run: Run, use: Use): Promise<string | null> {
  const facts = run.facts(actionName(use));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await run.engine.perform(requestAbout(run, use, facts, 'check'))).drift;
    } catch (error) {
      if (run.engine.isCancellation(error)) throw error;
      const failure = failureOf(error);
      if (failure.class !== 'transient' || attempt === tries) {
        return `cannot tell whether it is still so: ${failure.message}`;
      }
      await run.engine.sleep(pauseMs * attempt, `${use.path}: looking again`);
    }
  }
}

/**
 * Makes the function that looks again at what finished steps have brought about: after a person has
 * decided, after a pause, and after a worker was lost. What is no longer so parks at its step: retry
 * does it again, skip accepts it.
 */
export function observer(run: Run): (except: string) => Promise<void> {
  let observing = false;
  return async (except) => {
    // Re-applying a regressed step comes by here again; one round is enough. And what is being put back, or is
    // at its end, is not done again.
    if (observing || run.undoing || run.ending) return;
    observing = true;
    try {
      for (const use of claimants(run, except)) {
        const drift = await driftNow(run, use);
        if (drift === null) continue;
        run.regressed = true;
        await endStep(run, use, () => bringAbout(run, use), {
          code: 'regressed',
          message: `'${use.path}' had been done, and is no longer so: ${drift}`,
          hint: 'retry does it again; skip accepts it as it is',
          class: 'permanent',
        });
      }
    } finally {
      observing = false;
      run.regressed = false;
    }
  };
}
