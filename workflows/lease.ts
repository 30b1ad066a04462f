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
  expire,
  heldBy,
  isHold,
  newHolders,
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
/** Tells a run that it has now got a lease that it queued for, and the number of the grant. */
export const grantedSignal = defineSignal<[resource: string, fence?: number | null]>('granted');

/**
 * One lease: who holds it and who waits. Lives as long as anybody does. Its memo holds the state, so
 * that leases can be listed without asking each.
 */
export async function lease(initial: LeaseState): Promise<void> {
  let state = initial;
  let wasHeld = state.holders.length > 0;
  const now = (): string => new Date().toISOString();
  const show = (): void => {
    upsertMemo({ lease: { ...state } });
    const { resource, holders } = state;
    setCurrentDetails(
      holders.length === 0 ? 'free' : holders.map((one) => heldBy(resource, one)).join('\n\n'),
    );
  };
  /** `knows`: who learns of the change from the answer to its own claim. */
  const change = (next: LeaseState, knows: string | null): void => {
    if (next === state) return;
    const gained = newHolders(state, next).filter((one) => one.run !== knows && !isHold(one));
    state = next;
    wasHeld ||= state.holders.length > 0;
    show();
    // Whoever waited is told; a run that is gone cannot be, and its lease is freed at the next claim.
    for (const { run, fence } of gained) {
      getExternalWorkflowHandle(run)
        .signal(grantedSignal, state.resource, fence)
        .catch((error: unknown) => log.warn('the next holder cannot be told', { run, error }));
    }
  };
  setHandler(leaseQuery, () => state);
  setHandler(claimUpdate, (by, wait) => {
    const result = claim(state, { ...by, since: now() }, wait);
    change(result.state, by.run);
    return result.answer;
  });
  setHandler(releaseUpdate, (run) => change(release(state, run, now()), null));
  show();
  // Nothing is held until the first claim arrives, which it does within the update that follows the start.
  await condition(() => wasHeld, '1 minute');
  const goesOn = (): boolean => state.holders.length > 0 && !workflowInfo().continueAsNewSuggested;
  while (goesOn()) {
    const seen = state;
    const changed = (): boolean => state !== seen || !goesOn();
    const ends = state.holders.flatMap(({ until }) => (until === null ? [] : [Date.parse(until)]));
    if (ends.length === 0) await condition(changed);
    else if (!(await condition(changed, Math.max(1, Math.min(...ends) - Date.now()))))
      change(expire(state, now()), null);
  }
  await condition(allHandlersFinished);
  if (state.holders.length > 0) await continueAsNew<typeof lease>(state);
}
