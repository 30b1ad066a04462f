import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  claim,
  release,
  type LeaseAnswer,
  type LeaseClaim,
  type LeaseState,
} from '../core/run/lease.js';

/** Claims the lease; answers who has it. */
export const claimUpdate = defineUpdate<LeaseAnswer, [Omit<LeaseClaim, 'since'>, boolean]>('claim');
/** Gives the lease up, or a place in its queue. */
export const releaseUpdate = defineUpdate<void, [string]>('release');
export const leaseQuery = defineQuery<LeaseState>('lease');
/** Tells a run that it has now got a lease that it queued for. */
export const grantedSignal = defineSignal<[string]>('granted');

/**
 * One lease: who holds it and who waits. Lives as long as anybody does. Its memo holds the state, so
 * that leases can be listed without asking each.
 */
export async function lease(initial: LeaseState): Promise<void> {
  let state = initial;
  const change = (next: LeaseState): void => {
    const before = state.holder?.run;
    state = next;
    upsertMemo({ lease: { ...state } });
    const { holder } = state;
    setCurrentDetails(
      holder === null ? 'free' : `held by ${holder.run} (${holder.user}) since ${holder.since}`,
    );
    // Whoever waited is told; a run that is gone cannot be, and its lease is freed at the next claim.
    if (holder !== null && before !== undefined && holder.run !== before) {
      getExternalWorkflowHandle(holder.run)
        .signal(grantedSignal, state.resource)
        .catch((error: unknown) =>
          log.warn('the next holder cannot be told', { run: holder.run, error }),
        );
    }
  };
  setHandler(leaseQuery, () => state);
  setHandler(claimUpdate, (by, wait) => {
    const result = claim(state, { ...by, since: new Date().toISOString() }, wait);
    if (result.state !== state) change(result.state);
    return result.answer;
  });
  setHandler(releaseUpdate, (run) => change(release(state, run, new Date().toISOString())));
  upsertMemo({ lease: { ...state } });
  // Nothing is held until the first claim arrives, which it does within the update that follows the start.
  await condition(() => state.holder !== null, '1 minute');
  await condition(() => state.holder === null || workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  if (state.holder !== null) await continueAsNew<typeof lease>(state);
}
