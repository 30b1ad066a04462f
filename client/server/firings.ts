import type { ScheduleExecutionResult } from '@temporalio/client';
import type { Failure, Plan } from '../../core/record.js';
import { drifts } from '../../core/run/drift.js';
import type { AcceptanceOf } from '../drift/accepted.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError, failureIn, isNamed } from './faults.js';
import { isMissing } from './look.js';

/** What a firing of a schedule came to. */
export const firingOutcomes = [
  'no-drift',
  'drift',
  'undetermined',
  'failed',
  'running',
  'forgotten',
] as const;
export type FiringOutcome = (typeof firingOutcomes)[number];

/** A step of a plan that is not as wanted, or could not be checked. */
export interface FiringStep {
  readonly path: string;
  readonly target: string | null;
  readonly kind: string;
  readonly drift: string | null;
}

/** One firing of a schedule. */
export interface Firing {
  /** When it was due, RFC 3339 UTC. */
  readonly at: string;
  /** Id of its workflow. */
  readonly workflow: string;
  readonly outcome: FiringOutcome;
  readonly steps: readonly FiringStep[];
  readonly failure: Pick<Failure, 'code' | 'message' | 'hint'> | null;
}

/** What a plan says about drift; what is accepted does not count. */
export function outcomeOf(
  plan: Plan,
  acceptanceOf: AcceptanceOf = () => null,
): Pick<Firing, 'outcome' | 'steps'> {
  const found = plan.steps.filter((step) => drifts(step) && acceptanceOf(step) === null);
  const unknown = plan.steps.filter(({ kind }) => kind === 'undetermined');
  return {
    outcome: found.length > 0 ? 'drift' : unknown.length > 0 ? 'undetermined' : 'no-drift',
    steps: [...found, ...unknown].map(({ path, target, kind, drift }) => ({
      path,
      target,
      kind,
      drift,
    })),
  };
}

type Came = Pick<Firing, 'outcome' | 'steps' | 'failure'>;

async function cameOf(
  server: Server,
  workflow: string,
  run: string,
  acceptanceOf: AcceptanceOf,
): Promise<Came> {
  const nothing = { steps: [], failure: null };
  const handle = server.client.workflow.getHandle(workflow, run);
  try {
    const { status } = await within(server, callMs, () => handle.describe());
    if (status.name === 'RUNNING') return { outcome: 'running', ...nothing };
    const plan = (await within(server, callMs, () => handle.result())) as Plan;
    return { ...outcomeOf(plan, acceptanceOf), failure: null };
  } catch (error) {
    if (isMissing(error)) return { outcome: 'forgotten', ...nothing };
    const failure = failureIn(error);
    if (failure !== null) {
      const { code, message, hint } = failure;
      return { outcome: 'failed', steps: [], failure: { code, message, hint } };
    }
    if (!isNamed(error, 'WorkflowFailedError')) throw asRunbookError(error, workflow);
    // Terminated, or no worker took it up in time.
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: 'failed', steps: [], failure: { code: 'internal', message, hint: null } };
  }
}

/** Firings with what they came to, the last one first. */
export async function firingsOf(
  server: Server,
  recent: readonly ScheduleExecutionResult[],
  acceptanceOf: AcceptanceOf,
): Promise<Firing[]> {
  const firings = await Promise.all(
    recent.map(async ({ scheduledAt, action }): Promise<Firing> => {
      const { workflowId, firstExecutionRunId } = action.workflow;
      const came = await cameOf(server, workflowId, firstExecutionRunId, acceptanceOf);
      return { at: scheduledAt.toISOString(), workflow: workflowId, ...came };
    }),
  );
  return firings.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
