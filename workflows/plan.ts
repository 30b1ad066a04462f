import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Failure, Plan } from '../core/record.js';
import { driftCheck, type CameTo } from '../core/run/drift.js';
import { makePlan } from '../core/run/plan.js';
import { surroundings, type RunRequest } from '../core/run/request.js';
import { lasting, quick } from './activities.js';
import { asStepFailure, TemporalEngine } from './engine.js';
import { handOver } from './notifier.js';
import { firstRecord } from './run.js';
import { failureOf } from '../core/run/run.js';

/** What a run would do, by checks alone: takes no lease and changes nothing. */
export async function plan(request: RunRequest): Promise<Plan> {
  const { runbook } = request;
  const around = surroundings(request);
  let made: Plan;
  try {
    const resolved = await quick.resolve(runbook, request.inputs, around);
    const engine = new TemporalEngine(request, resolved.actions, { publish: () => {} });
    made = await makePlan({ ...around, ...resolved, runbook }, engine, firstRecord(request));
  } catch (error) {
    const failure = failureOf(asStepFailure(error, null));
    await keep(request, { failure, at: new Date().toISOString() });
    throw failed(failure);
  }
  await keep(request, { plan: made });
  return made;
}

function failed(failure: Failure): ApplicationFailure {
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.code,
    nonRetryable: true,
    details: [failure],
  });
}

/** Keeps what a check for drift came to, and has those told who want to know what has changed. */
async function keep(request: RunRequest, came: CameTo): Promise<void> {
  const { drift, notify = [] } = request;
  if (drift === undefined) return;
  const check = driftCheck(request, drift, workflowInfo().workflowId, came);
  try {
    const event = await lasting.recordDrift.executeWithOptions({ scheduleToCloseTimeout: '1m' }, [
      check,
    ]);
    const receivers = notify.filter(({ on }) => on?.includes('drift') ?? true);
    if (event !== null && receivers.length > 0) await handOver(event, receivers);
  } catch (error) {
    throw failed(failureOf(asStepFailure(error, null)));
  }
}
