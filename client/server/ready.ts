import { setTimeout as sleep } from 'node:timers/promises';
import { RunbookError } from '../../core/errors.js';
import { grpcCode } from './faults.js';

/** The longest that is waited for a worker that gets through, ms. */
const patienceMs = 60_000;
const pauseMs = 500;

/**
 * gRPC's FAILED_PRECONDITION: the server takes no update and no query of a workflow whose last tasks have failed or run
 * out of time, as those of workers that were killed, until a worker has got through one (Temporal server 1.29,
 * WorkflowNotReady).
 */
function isNotReady(error: unknown): boolean {
  const failedPrecondition = 9;
  return grpcCode(error) === failedPrecondition;
}

/**
 * Calls a workflow, again and again where it is not ready.
 * @throws RunbookError `worker-unavailable` where it does not become so; what the call throws besides
 */
export async function onceReady<T>(
  what: string,
  call: () => Promise<T>,
  { patience = patienceMs, pause = pauseMs } = {},
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isNotReady(error)) throw error;
      if (performance.now() + pause > end) {
        throw new RunbookError('worker-unavailable', `${what}: no worker gets through its tasks`, {
          hint: "look into the worker's log (runbook dev status), then try again",
          cause: error,
        });
      }
    }
    await sleep(pause);
  }
}
