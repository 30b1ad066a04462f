import { getClient } from '@temporalio/activity';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  isHold,
  leaseId,
  leaseStart,
  type LeaseAnswer,
  type LeaseWish,
} from '../core/run/lease.js';

/** What a run says when it asks for a lease. */
export interface LeaseRequest extends LeaseWish {
  readonly run: string;
  readonly user: string;
  /** What for: the runbook's name. */
  readonly purpose: string;
  /** Queue where others hold it. */
  readonly wait: boolean;
  readonly taskQueue: string;
}

/** A lease that nobody needs any more ends; a claim that comes at that moment is made again. */
const tries = 10;

/** Claims a lease. Those whose run has ended without giving it up lose it first. */
export async function acquireLease(request: LeaseRequest): Promise<LeaseAnswer> {
  const { resource, mode, run, user, purpose, wait, taskQueue } = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { workflow } = getClient();
      const handle = workflow.getHandle(leaseId(resource));
      // One call, and one turn of the lease, for both: where it lives already, it is only asked.
      const claim = (): Promise<LeaseAnswer> =>
        workflow.executeUpdateWithStart<Workflow, LeaseAnswer, [object, boolean]>('claim', {
          args: [{ run, user, purpose, mode, until: null }, wait],
          startWorkflowOperation: new WithStartWorkflowOperation(
            'lease',
            leaseStart(resource, taskQueue),
          ),
        });
      const answer = await claim();
      if (answer.fence !== null) return answer;
      const gone: string[] = [];
      for (const holder of answer.holders) {
        if (!isHold(holder) && (await isGone(holder.run))) gone.push(holder.run);
      }
      if (gone.length === 0) return answer;
      for (const one of gone) {
        await handle.executeUpdate<void, [string]>('release', { args: [one] });
      }
      return await claim();
    } catch (error) {
      if (attempt >= tries) throw error;
    }
  }
}

/** True when the run that holds a lease has ended, or never was. */
async function isGone(run: string): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(run).describe();
    return status.name !== 'RUNNING';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return true;
    throw error;
  }
}

/** Gives leases up. One that does not exist any more is given up already. */
export async function releaseLeases(request: {
  readonly resources: readonly string[];
  readonly run: string;
}): Promise<void> {
  for (const resource of request.resources) {
    try {
      await getClient()
        .workflow.getHandle(leaseId(resource))
        .executeUpdate<void, [string]>('release', { args: [request.run] });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'WorkflowNotFoundError')) throw error;
    }
  }
}
