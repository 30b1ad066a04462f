import { getClient } from '@temporalio/activity';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { leaseId, type LeaseAnswer } from '../core/run/lease.js';

/** What a run says when it asks for a lease. */
export interface LeaseRequest {
  readonly resource: string;
  readonly run: string;
  readonly user: string;
  /** What for: the runbook's name. */
  readonly purpose: string;
  /** Queue where another run holds it. */
  readonly wait: boolean;
  readonly taskQueue: string;
}

/** A lease that nobody needs any more ends; a claim that comes at that moment is made again. */
const tries = 10;

/** Claims a lease. One whose holder's run has ended without giving it up is freed first. */
export async function acquireLease(request: LeaseRequest): Promise<LeaseAnswer> {
  const { resource, run, user, purpose, wait, taskQueue } = request;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const client = getClient();
      const handle = await client.workflow.start('lease', {
        workflowId: leaseId(resource),
        taskQueue,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        args: [{ resource, holder: null, queue: [] }],
        staticSummary: `lease on ${resource}`,
      });
      const claim = (): Promise<LeaseAnswer> =>
        handle.executeUpdate<LeaseAnswer, [object, boolean]>('claim', {
          args: [{ run, user, purpose }, wait],
        });
      const answer = await claim();
      if (answer.granted || !(await isGone(answer.holder.run))) return answer;
      await handle.executeUpdate<void, [string]>('release', { args: [answer.holder.run] });
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
