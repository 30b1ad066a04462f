import type { Workflow } from '@temporalio/common';
import {
  heldBy,
  holdId,
  leaseId,
  leaseStart,
  type LeaseAnswer,
  type LeaseHolder,
} from '../../core/run/lease.js';
import { PermanentError } from '../../core/errors.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';
import { isMissing } from './look.js';
import { onceReady } from './ready.js';

/** What a person wants to hold. */
export interface Hold {
  readonly resource: string;
  readonly user: string;
  readonly reason: string;
  /** How long, ms. */
  readonly ms: number;
}

/** Ends a wait for an update that no worker takes. */
const claimMs = 20_000;

/**
 * Takes a lease for a person, for a time; where that person has it already, its end and reason are set anew.
 * @throws PermanentError `lease-held`
 */
export async function hold(server: Server, taskQueue: string, wanted: Hold): Promise<LeaseHolder> {
  const { resource, user, reason, ms } = wanted;
  const until = new Date(Date.now() + ms).toISOString();
  const by = { run: holdId(user), user, purpose: reason, mode: 'exclusive', until };
  let answer: LeaseAnswer;
  try {
    const { WithStartWorkflowOperation } = await import('@temporalio/client');
    const claim = (): Promise<LeaseAnswer> =>
      server.client.workflow.executeUpdateWithStart<Workflow, LeaseAnswer, [object, boolean]>(
        'claim',
        {
          args: [by, false],
          startWorkflowOperation: new WithStartWorkflowOperation(
            'lease',
            leaseStart(resource, taskQueue),
          ),
        },
      );
    answer = await onceReady(`holding ${resource}`, () => within(server, claimMs, claim));
  } catch (error) {
    throw asRunbookError(error, `holding ${resource}`);
  }
  const mine = answer.holders.find((holder) => holder.run === by.run);
  if (answer.fence !== null && mine !== undefined) return mine;
  throw new PermanentError(
    'lease-held',
    answer.holders.map((holder) => heldBy(resource, holder)).join('; '),
    { hint: 'runbook leases shows who holds what, and who waits' },
  );
}

/** Gives back what a person holds. False where that person does not hold it. */
export async function endHold(server: Server, resource: string, user: string): Promise<boolean> {
  const handle = server.client.workflow.getHandle(leaseId(resource));
  try {
    const giveBack = async (): Promise<boolean> => {
      const { memo } = await handle.describe();
      const holders = (memo?.['lease'] as { holders?: LeaseHolder[] } | undefined)?.holders ?? [];
      if (!holders.some(({ run }) => run === holdId(user))) return false;
      await handle.executeUpdate<void, [string]>('release', { args: [holdId(user)] });
      return true;
    };
    return await onceReady(`giving ${resource} back`, () => within(server, callMs, giveBack));
  } catch (error) {
    if (isMissing(error)) return false;
    throw asRunbookError(error, `giving ${resource} back`);
  }
}
