import type { StepRecord } from '../record.js';
import { endStep, bringAbout } from './act.js';
import { actionName, requestAbout } from './attempt.js';
import { claims, keysOf } from './claims.js';
import { lookAtItems } from './look-at-items.js';
import { failureOf, type Run, type Use } from './run.js';
import { sourcesOf } from './sources.js';

/**
 * What is put back is claimed no more, from the moment that this begins; nor is what rests on it: resources below it,
 * such as `a/b/c` below `a/b`.
 */
function withdraw(run: Run, restoring: StepRecord, latest: Map<string, Use>): void {
  if (restoring.attempts === 0) return;
  const use = run.locate(restoring.path);
  const { definition } = use.indexed;
  if (!('restore' in definition)) return;
  for (const source of sourcesOf(run, use, definition)) {
    const { resource, target } = run.step(source.path);
    if (resource === null) continue;
    for (const [key, claimant] of latest) {
      const claimed = run.step(claimant.path);
      if (claimed.target === target && `${claimed.resource}/`.startsWith(`${resource}/`))
        latest.delete(key);
    }
  }
}

/** Steps that claim something which no later step has superseded, oldest first. */
function claimants(run: Run, except: string): Use[] {
  const latest = new Map<string, Use>();
  for (const step of run.record.steps) {
    if (step.kind === 'restore') withdraw(run, step, latest);
    const keys = keysOf(step);
    if (step.kind !== 'action') {
      for (const key of keys) latest.delete(key);
      continue;
    }
    const [key] = keys;
    if (key === undefined) continue;
    const use = run.locate(step.path);
    if (run.facts(actionName(use)).impact === 'read') continue;
    // A change that was only begun supersedes as well: it may have come through.
    latest.delete(key);
    const claimed = step.outcome !== null && claims.has(step.outcome) && step.path !== except;
    if (claimed && !run.superseded.has(key)) latest.set(key, use);
  }
  return [...latest.values()];
}

/** True where something that a run has done is no longer so. */
export async function hasMoved(run: Run): Promise<boolean> {
  for (const use of claimants(run, '')) if ((await driftNow(run, use)) !== null) return true;
  return false;
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
      const looked = lookAtItems(run);
      if (looked !== undefined) await looked;
    } finally {
      observing = false;
      run.regressed = false;
    }
  };
}
