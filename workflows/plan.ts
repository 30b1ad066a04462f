import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { sameJson } from '../core/json.js';
import type { Failure, Plan } from '../core/record.js';
import { driftCheck, type CameTo, type Told, type ToldPlace } from '../core/run/drift.js';
import { makePlan } from '../core/run/plan.js';
import { surroundings, type RunRequest } from '../core/run/request.js';
import { lasting, quick } from './activities.js';
import { TemporalEngine } from './engine.js';
import { asStepFailure } from './step-failure.js';
import { handOver } from './notifier.js';
import { freshRecord } from './run.js';
import { failureOf } from '../core/run/run.js';

/** No decision waits behind the checks of a plan: connecting to many hosts at once may take its time, ms. */
const looksLimitMs = 10_000;

/** A plan; that of a schedule with what was told by then, for the next check. */
export interface PlanResult extends Plan {
  readonly told?: readonly ToldPlace[];
}

/** In the details of a failure that a schedule has told of, behind the failure itself. */
const toldMark = 'told';

/** What a run would do, by checks alone: takes no lease and changes nothing. */
export async function plan(request: RunRequest): Promise<PlanResult> {
  const { runbook, drift } = request;
  const around = surroundings(request);
  let made: Plan;
  try {
    const resolved = await quick.resolve(runbook, request.inputs, around);
    const hooks = { publish: () => {}, itemGone: () => {} };
    const engine = new TemporalEngine(request, resolved.actions, hooks, looksLimitMs);
    made = await makePlan({ ...around, ...resolved, runbook }, engine, freshRecord(request));
  } catch (error) {
    const failure = failureOf(asStepFailure(error, null));
    await keep(request, { failure, at: new Date().toISOString() });
    throw failed(failure, typeof drift?.schedule === 'string');
  }
  const told = await keep(request, { plan: made });
  return typeof drift?.schedule === 'string' ? { ...made, told } : made;
}

function failed(failure: Failure, told: boolean): ApplicationFailure {
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.code,
    nonRetryable: true,
    details: told ? [failure, toldMark] : [failure],
  });
}

/** What the schedule has told with the checks before; the server hands their last result on. */
function toldBefore(came: CameTo): Told {
  const { lastFailure } = workflowInfo();
  const lastResult = workflowInfo().lastResult as PlanResult | undefined;
  // A schedule that was given other inputs looks at other things from then on.
  const other = 'plan' in came && !sameJson(came.plan.inputs, lastResult?.inputs);
  const details = lastFailure instanceof ApplicationFailure ? lastFailure.details : [];
  return {
    places: other ? [] : (lastResult?.told ?? []),
    failed: details?.[1] === toldMark,
  };
}

/** Keeps what a check for drift came to, and has those told who want to know what has changed. */
async function keep(request: RunRequest, came: CameTo): Promise<readonly ToldPlace[]> {
  const { drift, notify = [] } = request;
  if (drift === undefined) return [];
  const { workflowId: check, runId: execution } = workflowInfo();
  const kept = driftCheck(request, drift, { check, execution, told: toldBefore(came) }, came);
  try {
    const { event, places } = await lasting.recordDrift.executeWithOptions(
      { scheduleToCloseTimeout: '1m' },
      [kept],
    );
    const receivers = notify.filter(({ on }) => on?.includes('drift') ?? true);
    if (event !== null && receivers.length > 0) await handOver(event, receivers);
    return places;
  } catch (error) {
    throw failed(failureOf(asStepFailure(error, null)), false);
  }
}
