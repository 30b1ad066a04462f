import { setMaxListeners } from 'node:events';
import { RunbookError } from '../../core/errors.js';
import type { Plan } from '../../core/record.js';
import type { RunRequest } from '../../core/run/request.js';
import { within, type Server } from './connection.js';
import { asRunbookError, failureIn, isAway } from './faults.js';
import { someoneIsThere } from './pollers.js';

/** The longest that a plan may take. */
export const planTimeout = '15m';
/** After so long without an answer it is looked whether anybody is at it, ms. */
const lookEveryMs = 10_000;

/** Makes a plan: a workflow of its own that only checks. Ends with the signal. @throws RunbookError */
export async function makePlan(
  server: Server,
  request: RunRequest,
  signal: AbortSignal,
): Promise<Plan> {
  const { runbook, taskQueue, user } = request;
  const at = new Date().toISOString().replace(/[-:.]/g, '');
  const what = `plan of ${runbook.name}`;
  try {
    const handle = await within(server, lookEveryMs, () =>
      server.client.workflow.start('plan', {
        workflowId: `plan/${runbook.name}/${at}-${process.pid}`,
        taskQueue,
        args: [request],
        workflowTaskTimeout: '3s',
        workflowExecutionTimeout: planTimeout,
        staticSummary: what,
        staticDetails: `Made by ${user}; changes nothing.`,
      }),
    );
    const leave = (): void => {
      // Nobody waits for the answer any more; where the server does not hear it, the time-out will do.
      handle.terminate('nobody waits for it').catch(() => undefined);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        try {
          return (await server.connection.withAbortSignal(listenable(signal), () =>
            within(server, lookEveryMs, () => handle.result()),
          )) as Plan;
        } catch (error) {
          signal.throwIfAborted();
          if (!isAway(error)) throw error;
          await someoneIsThere(server, taskQueue);
        }
      }
    } finally {
      signal.removeEventListener('abort', leave);
    }
  } catch (error) {
    if (signal.aborted || (error instanceof RunbookError && failureIn(error) === null)) throw error;
    throw asRunbookError(error, what);
  }
}

/** The same signal in one that may be thrown away: the connection leaves a listener on it with every call. */
function listenable(signal: AbortSignal): AbortSignal {
  const own = AbortSignal.any([signal]);
  setMaxListeners(0, own);
  return own;
}
