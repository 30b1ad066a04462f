import { leaseId, type LeaseHolder } from '../../core/run/lease.js';
import { PermanentError } from '../../core/errors.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';
import { isMissing } from './look.js';
import { onceReady } from './ready.js';

/** A lease that is to be taken from its holder. */
export interface LeaseToBreak {
  readonly resource: string;
  /** Which of several that share it; null where there is one. */
  readonly run: string | null;
  readonly by: string;
  readonly reason: string;
}

/** Whose lease it is; of several that share it the one that was named. */
function holderOf(holders: readonly LeaseHolder[], { resource, run }: LeaseToBreak): LeaseHolder {
  const [first, ...others] = run === null ? holders : holders.filter((one) => one.run === run);
  if (first === undefined) {
    const who = run === null ? `nobody holds ${resource}` : `${run} does not hold ${resource}`;
    throw new PermanentError('not-found', who, {
      hint: 'runbook leases shows who holds what',
    });
  }
  if (others.length === 0) return first;
  throw new PermanentError(
    'usage',
    `${resource} is shared by ${holders.map((one) => one.run).join(', ')}`,
    {
      hint: 'name one of them with --run',
    },
  );
}

/**
 * Takes a lease from its holder, and answers whose it was. A run pauses then; whoever waits gets the lease.
 * @throws PermanentError `not-found` where nobody holds it, or not that run
 */
export async function breakLease(server: Server, wanted: LeaseToBreak): Promise<LeaseHolder> {
  const { resource, by, reason } = wanted;
  const handle = server.client.workflow.getHandle(leaseId(resource));
  try {
    const take = async (): Promise<LeaseHolder> => {
      const { memo, status } = await handle.describe();
      const lease = memo?.['lease'] as { holders?: LeaseHolder[] } | undefined;
      const holder = holderOf(status.name === 'RUNNING' ? (lease?.holders ?? []) : [], wanted);
      await handle.executeUpdate<void, [object]>('break', {
        args: [{ run: holder.run, by, reason }],
      });
      return holder;
    };
    return await onceReady(`breaking ${resource}`, () => within(server, callMs, take));
  } catch (error) {
    if (isMissing(error)) return holderOf([], wanted);
    throw asRunbookError(error, `breaking ${resource}`);
  }
}
