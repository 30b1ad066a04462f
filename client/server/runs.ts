import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { RunRecord } from '../../core/record.js';
import { runStates, type RunState } from '../../core/run/outcome.js';
import type { RunSummary } from '../view/runs.js';
import { quoted } from './attributes.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';

/** Which runs are wanted. */
export interface RunFilter {
  readonly state: readonly string[];
  readonly runbook: string | null;
  readonly target: string | null;
  /** Who started them: the whole name, or what stands before the @. */
  readonly user: string | null;
  /** Only runs that began after this moment. */
  readonly since: Date | null;
  readonly limit: number;
}

/** A query of the server's list of workflows. */
export function queryOf(filter: RunFilter): string {
  const parts = ['RunbookState IS NOT NULL'];
  if (filter.runbook !== null) parts.push(`RunbookName = ${quoted(filter.runbook)}`);
  if (filter.target !== null) parts.push(`RunbookTarget = ${quoted(filter.target)}`);
  if (filter.since !== null) parts.push(`StartTime >= ${quoted(filter.since.toISOString())}`);
  if (filter.state.length > 0)
    parts.push(`RunbookState IN (${filter.state.map(quoted).join(', ')})`);
  return parts.join(' AND ');
}

function isBy({ startedBy }: RunSummary, user: string): boolean {
  return startedBy === user || startedBy.startsWith(`${user}@`);
}

/** True for a run that the filter wants. */
export function matches(run: RunSummary, filter: RunFilter): boolean {
  return (
    (filter.runbook === null || run.runbook === filter.runbook) &&
    (filter.target === null || run.targets.includes(filter.target)) &&
    (filter.user === null || isBy(run, filter.user)) &&
    (filter.since === null || Date.parse(run.startedAt) >= filter.since.getTime()) &&
    (filter.state.length === 0 || filter.state.includes(run.state))
  );
}

function attribute(info: WorkflowExecutionInfo, name: string): string[] {
  const found = info.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;
  if (Array.isArray(found)) return found.map(String);
  return found === undefined ? [] : [String(found)];
}

/** A run as the server lists it. */
export function summaryOf(info: WorkflowExecutionInfo): RunSummary {
  const [state] = attribute(info, 'RunbookState');
  const known = runStates.find((one) => one === state) ?? 'resolving';
  return {
    run: info.workflowId,
    runbook: attribute(info, 'RunbookName')[0] ?? info.type,
    state: endedOutside(info, known) ?? known,
    targets: attribute(info, 'RunbookTarget'),
    startedBy: attribute(info, 'RunbookUser')[0] ?? '',
    startedAt: (info.executionTime ?? info.startTime).toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
  };
}

/** A workflow that was terminated could not set its attribute any more. */
function endedOutside(info: WorkflowExecutionInfo, state: RunState): RunState | null {
  const { name } = info.status;
  if (name === 'TERMINATED' || name === 'TIMED_OUT') return 'stopped';
  if (name === 'CANCELLED' && state !== 'cancelled') return 'cancelled';
  return null;
}

/** Summary of a run's record. */
export function summaryOfRecord(record: RunRecord): RunSummary {
  const { run, runbook, state, targets, startedBy, startedAt, endedAt } = record;
  return { run, runbook, state, targets, startedBy, startedAt, endedAt };
}

/** Runs on the server, newest first. */
export async function listRuns(server: Server, filter: RunFilter): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  try {
    await within(server, callMs, async () => {
      const list = server.client.workflow.list({ query: queryOf(filter), pageSize: 200 });
      for await (const info of list) {
        // A run that went on in a new history shows once for each.
        if (info.status.name === 'CONTINUED_AS_NEW') continue;
        const run = summaryOf(info);
        if (!matches(run, filter)) continue;
        found.push(run);
        if (found.length >= filter.limit) break;
      }
    });
  } catch (error) {
    throw asRunbookError(error, 'listing runs');
  }
  return found;
}

/** Two lists as one, newest first; of a run in both, the archive knows better how it ended. */
export function merged(
  live: readonly RunSummary[],
  archived: readonly RunSummary[],
  limit: number,
): RunSummary[] {
  const byRun = new Map([...live, ...archived].map((run) => [run.run, run]));
  return [...byRun.values()]
    .toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt))
    .slice(0, limit);
}
