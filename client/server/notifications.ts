import type { WorkflowExecutionInfo } from '@temporalio/client';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError, details, failureIn } from './faults.js';
import { describe } from './look.js';
import { pendingOf } from './pending.js';

/** An event that a receiver has not taken. */
export interface Undelivered {
  /** Id of the event. */
  readonly event: string;
  /** True where it is not tried any more. */
  readonly givenUp: boolean;
  /** What became of the last try. */
  readonly why: string;
}

/** The most that are looked at, and the age after which what was given up is history, ms. */
const most = 20;
const recentMs = 7 * 24 * 3600 * 1000;

/** What the ones that are tried again have met so far; null for one that has only just begun. */
async function pending(server: Server, workflowId: string): Promise<string | null> {
  const description = await describe(server, workflowId);
  const tried = await pendingOf(description, server.client.options.loadedDataConverter);
  const failed = tried.filter(({ lastFailure }) => lastFailure !== null);
  return failed.length === 0
    ? null
    : failed.map(({ path, lastFailure }) => `${path}: ${lastFailure ?? ''}`).join('; ');
}

async function last(server: Server, workflowId: string): Promise<string> {
  try {
    await within(server, callMs, () => server.client.workflow.getHandle(workflowId).result());
    return '';
  } catch (error) {
    return failureIn(error)?.message ?? details(error);
  }
}

async function undelivered(
  server: Server,
  { workflowId, status }: WorkflowExecutionInfo,
): Promise<Undelivered | null> {
  const givenUp = status.name === 'FAILED';
  const why = givenUp ? await last(server, workflowId) : await pending(server, workflowId);
  return why === null ? null : { event: workflowId.replace(/^[^/]*\//, ''), givenUp, why };
}

/** Events that receivers have not taken: those that are tried again, and those given up lately. */
export async function listUndelivered(server: Server): Promise<Undelivered[]> {
  const found: Undelivered[] = [];
  const since = new Date(Date.now() - recentMs).toISOString();
  const query = `WorkflowType = 'notification' AND (ExecutionStatus = 'Running' OR (ExecutionStatus = 'Failed' AND CloseTime > '${since}'))`;
  try {
    await within(server, callMs, async () => {
      for await (const info of server.client.workflow.list({ query, pageSize: most })) {
        const one = await undelivered(server, info);
        if (one !== null) found.push(one);
        if (found.length >= most) break;
      }
    });
  } catch (error) {
    throw asRunbookError(error, 'listing notifications');
  }
  return found;
}
