import { ApplicationFailure } from '@temporalio/workflow';
import type { Plan } from '../core/record.js';
import { makePlan } from '../core/run/plan.js';
import { surroundings, type RunRequest } from '../core/run/request.js';
import { quick } from './activities.js';
import { asStepFailure, TemporalEngine } from './engine.js';
import { firstRecord } from './run.js';
import { failureOf } from '../core/run/run.js';

/** What a run would do, by checks alone: takes no lease and changes nothing. */
export async function plan(request: RunRequest): Promise<Plan> {
  const { runbook } = request;
  const around = surroundings(request);
  try {
    const resolved = await quick.resolve(runbook, request.inputs, around);
    const engine = new TemporalEngine(request, resolved.actions, {
      publish: () => {},
      itemGone: () => {},
    });
    return await makePlan({ ...around, ...resolved, runbook }, engine, firstRecord(request));
  } catch (error) {
    const failure = failureOf(asStepFailure(error, null));
    throw ApplicationFailure.create({
      message: failure.message,
      type: failure.code,
      nonRetryable: true,
      details: [failure],
    });
  }
}
