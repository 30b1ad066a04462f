import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Failure } from '../core/record.js';
import { StepFailure, type VerbRequest } from '../core/run/engine.js';

/** A regular activity's failure is wrapped, a local one's is not. */
export function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? (error.cause ?? error) : error;
}

/** What an activity failed with, as the interpreter knows failures; cancellations stay what they are. */
export function asStepFailure(error: unknown, request: VerbRequest | null): unknown {
  if (isCancellation(error)) return error;
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const [details] = (cause.details ?? []) as Failure[];
    return new StepFailure(
      details ?? { code: 'internal', message: cause.message, hint: null, class: 'permanent' },
    );
  }
  if (!(error instanceof ActivityFailure) && !(cause instanceof TimeoutFailure)) return error;
  const what = request === null ? 'the worker' : `${request.action} on ${request.target}`;
  return new StepFailure({
    code: cause instanceof TimeoutFailure ? 'step-timeout' : 'internal',
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: null,
    class: 'permanent',
  });
}
