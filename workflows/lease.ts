import {
  allHandlersFinished,
  ApplicationFailure,
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
  type ExternalWorkflowHandle,
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
/** Takes the lease from somebody who cannot be waited for: `run` as holders tell it. */
export const breakUpdate = defineUpdate<
  void,
  [{ readonly run: string; readonly by: string; readonly reason: string }]
>('break');
/** Tells a run that a lease was taken from it. */
export const brokenSignal =
  defineSignal<[{ readonly resource: string; readonly by: string; readonly reason: string }]>(
    'broken',
  );
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
  let telling = 0;
  const tell = (run: string, send: (handle: ExternalWorkflowHandle) => Promise<void>): void => {
    telling += 1;
    send(getExternalWorkflowHandle(run))
      .catch((error: unknown) => log.warn('a run cannot be told of its lease', { run, error }))
      .finally(() => (telling -= 1));
  };
  /** `knows`: who learns of the change from the answer to its own claim. */
  const change = (next: LeaseState, knows: string | null): void => {
    if (next === state) return;
    const gained = newHolders(state, next).filter((one) => one.run !== knows && !isHold(one));
    state = next;
    wasHeld ||= state.holders.length > 0;
    show();
    // Whoever waited is told; a run that is gone cannot be, and its lease is freed at the next claim.
    for (const { run, fence } of gained)
      tell(run, (handle) => handle.signal(grantedSignal, state.resource, fence));
  };
  setHandler(leaseQuery, () => state);
  setHandler(claimUpdate, (by, wait) => {
    const result = claim(state, { ...by, since: now() }, wait);
    change(result.state, by.run);
    return result.answer;
  });
  setHandler(
    breakUpdate,
    ({ run, by, reason }) => {
      if (!isHold({ run }))
        tell(run, (handle) =>
          handle.signal(brokenSignal, { resource: state.resource, by, reason }),
        );
      change(release(state, run, now()), null);
    },
    {
      validator: ({ run }) => {
        if (state.holders.some((holder) => holder.run === run)) return;
        throw ApplicationFailure.nonRetryable(`${run} does not hold it`, 'not-held');
      },
    },
  );
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
  // A signal of a workflow that has ended is not sent any more.
  await condition(() => telling === 0 && allHandlersFinished());
  if (state.holders.length > 0) await continueAsNew<typeof lease>(state);
}
