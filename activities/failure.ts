import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { isRunbookError } from '../core/errors.js';
import type { Failure } from '../core/record.js';

/** Codes that are news, not faults: a condition that did not come true, a guard that does not hold. */
const expected = new Set(['wait-timeout', 'not-settled', 'does-not-hold', 'step-timeout']);

/**
 * The one place where errors become Temporal's. A step's failure is non-retryable for Temporal: the
 * interpreter counts the attempts, so that a restarted worker never eats a step's attempts. The type
 * is the error's code, the details hold the whole failure.
 */
export function toApplicationFailure(error: unknown): ApplicationFailure {
  return converted(error, true);
}

/** The failure of work that Temporal repeats by itself, such as telling people. */
export function toRetryableFailure(error: unknown): ApplicationFailure {
  return converted(error, false);
}

/** What an error says, as a record keeps it. */
export function failureOf(error: unknown): Failure {
  return isRunbookError(error)
    ? { code: error.code, message: error.message, hint: error.hint ?? null, class: error.class }
    : {
        code: 'internal',
        message: error instanceof Error ? error.message : String(error),
        hint: "this is a fault of an action: look at the worker's log",
        class: 'permanent',
      };
}

function converted(error: unknown, nonRetryable: boolean): ApplicationFailure {
  const failure = failureOf(error);
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.code,
    nonRetryable,
    details: [failure],
    ...(expected.has(failure.code) ? { category: ApplicationFailureCategory.BENIGN } : {}),
    ...(error instanceof Error && !isRunbookError(error) ? { cause: error } : {}),
  });
}
