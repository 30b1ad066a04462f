import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { RunRecord } from '../../core/record.js';
import { withPulses, type Sight } from '../view/live.js';
import { within, type Server } from './connection.js';
import { asRunbookError, details, grpcCode, isAway, isNamed } from './faults.js';
import { pendingOf } from './pending.js';

/** The longest that one look may take, ms. */
const lookMs = 5000;

/** A look at a run, with what the next look can make use of. */
export interface Look extends Sight {
  /** Task queue of its workers. */
  readonly taskQueue: string;
  /** Events in its history: where there are no more, the record has not changed. */
  readonly events: number;
  readonly open: boolean;
  /** The record without what heartbeats say. */
  readonly base: RunRecord;
}

/** No run of this id. */
export function noSuchRun(run: string, hint?: string): PermanentError {
  return new PermanentError(
    'not-found',
    `there is no run '${run}' on this server, nor in the archive`,
    { hint: hint ?? 'runbook runs lists them' },
  );
}

/** True where the server says that it has no such workflow. */
export function isMissing(error: unknown): boolean {
  const notFound = 5;
  return isNamed(error, 'WorkflowNotFoundError') || grpcCode(error) === notFound;
}

/** What the server knows of a workflow. @throws PermanentError `not-found`. */
export async function describe(server: Server, run: string): Promise<WorkflowExecutionDescription> {
  try {
    return await within(server, lookMs, () => server.client.workflow.getHandle(run).describe());
  } catch (error) {
    if (isMissing(error)) throw noSuchRun(run);
    throw asRunbookError(error, `looking at run ${run}`);
  }
}

/** The record of a run as its worker knows it. @throws RunbookError `worker-unavailable`. */
async function query(server: Server, handle: WorkflowHandle, queue: string): Promise<RunRecord> {
  try {
    return await within(server, lookMs, () => handle.query<RunRecord>('record'));
  } catch (error) {
    // With no worker the server says so at once, or the query runs out of time.
    const failedPrecondition = 9;
    if (isAway(error) || grpcCode(error) === failedPrecondition) {
      throw new RunbookError('worker-unavailable', `no worker answers for task queue ${queue}`, {
        hint: 'start one: runbook worker',
        cause: error,
      });
    }
    throw asRunbookError(error, `asking run ${handle.workflowId}`);
  }
}

/** The last word of a run that has ended: its result, or the details of its failure. */
async function lastWord(
  server: Server,
  description: WorkflowExecutionDescription,
): Promise<RunRecord> {
  const { workflowId, status } = description;
  const handle = server.client.workflow.getHandle(workflowId);
  if (status.name === 'COMPLETED' || status.name === 'FAILED') {
    try {
      return (await within(server, lookMs, () => handle.result())) as RunRecord;
    } catch (error) {
      const record = recordIn(error);
      if (record !== null) return record;
      if (!isNamed(error, 'WorkflowFailedError')) throw asRunbookError(error, `run ${workflowId}`);
    }
  }
  // Ended from outside, such as terminated in the Web UI: the run itself could not say so.
  const record = await query(server, handle, description.taskQueue);
  return {
    ...record,
    state: status.name === 'CANCELLED' ? 'cancelled' : 'stopped',
    endedAt: record.endedAt ?? description.closeTime?.toISOString() ?? null,
    waitingFor: [],
    failure: record.failure ?? {
      code: 'internal',
      message: `the workflow was ended from outside of runbook: ${status.name.toLowerCase().replaceAll('_', ' ')}`,
      hint: 'what it had changed is as it was at that moment',
      class: 'permanent',
    },
  };
}

function recordIn(error: unknown): RunRecord | null {
  if (!isNamed(error, 'WorkflowFailedError')) return null;
  const { cause } = error as { cause?: { details?: unknown[] } };
  const first = cause?.details?.[0];
  return typeof first === 'object' && first !== null && 'steps' in first
    ? (first as RunRecord)
    : null;
}

/** Looks at a run. With an earlier look, the record is asked for only where something has happened since. */
export async function lookAt(server: Server, run: string, last: Look | null): Promise<Look> {
  const description = await describe(server, run);
  const open = description.status.name === 'RUNNING';
  const { taskQueue, historyLength: events } = description;
  if (!open) {
    const record = await lastWord(server, description);
    return { record, base: record, notes: {}, trouble: null, taskQueue, events, open };
  }
  const handle = server.client.workflow.getHandle(run);
  const known = last !== null && last.open && last.events === events && last.trouble === null;
  const fresh = known ? last.base : await query(server, handle, taskQueue);
  const pending = await pendingOf(description, server.client.options.loadedDataConverter);
  return { ...withPulses(fresh, pending), base: fresh, trouble: null, taskQueue, events, open };
}

/** Something that cannot be read is told in a few words. */
export function inWords(error: unknown): string {
  return error instanceof RunbookError ? error.message : details(error);
}
