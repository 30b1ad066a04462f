import type { Receiver } from '../../core/definition/notify.js';
import { RunbookError } from '../../core/errors.js';
import type { Notification } from '../../core/notification.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';
import { describe } from './look.js';
import { pendingOf } from './pending.js';
import { someoneIsThere } from './pollers.js';

/** What became of an event. */
export interface Outcome {
  readonly receiver: string;
  readonly delivered: boolean;
  /** Why it was not delivered. */
  readonly why: string | null;
}

/** How often it is looked, and the longest that a first try may take before we leave, ms. */
const everyMs = 200;
const patienceMs = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What became of the first try; null while it goes on. */
async function outcomeOf(
  server: Server,
  workflowId: string,
  receiver: string,
): Promise<Outcome | null> {
  const description = await describe(server, workflowId);
  if (description.status.name === 'COMPLETED') return { receiver, delivered: true, why: null };
  const tried = await pendingOf(description, server.client.options.loadedDataConverter);
  const why = tried.find(({ lastFailure }) => lastFailure !== null)?.lastFailure ?? null;
  if (why !== null) return { receiver, delivered: false, why };
  if (description.status.name === 'RUNNING') return null;
  return { receiver, delivered: false, why: 'it was ended from outside' };
}

/** Has a worker deliver an event, once. @throws RunbookError where no worker takes it up */
export async function deliverOnce(
  server: Server,
  taskQueue: string,
  event: Notification,
  receiver: Receiver,
  signal: AbortSignal,
): Promise<Outcome> {
  const workflowId = `notification/${event.id}/${receiver.id}`;
  const handle = await within(server, callMs, () =>
    server.client.workflow.start('notification', {
      workflowId,
      taskQueue,
      args: [{ event, receivers: [receiver] }],
      workflowTaskTimeout: '3s',
      workflowExecutionTimeout: patienceMs,
      staticSummary: `${event.type} to ${receiver.id}`,
    }),
  ).catch((error: unknown) => {
    throw asRunbookError(error, `telling ${receiver.id}`);
  });
  let delivered = false;
  try {
    const end = Date.now() + patienceMs;
    for (;;) {
      signal.throwIfAborted();
      const outcome = await outcomeOf(server, workflowId, receiver.id);
      if (outcome !== null) {
        ({ delivered } = outcome);
        return outcome;
      }
      if (Date.now() > end) break;
      await pause(everyMs);
    }
    await someoneIsThere(server, taskQueue);
    throw new RunbookError('worker-unavailable', `no worker has tried to tell ${receiver.id}`);
  } finally {
    // A test is tried once: nobody is to be told of it later. Where it cannot be ended now, its time-out will do.
    if (!delivered) await handle.terminate('a test is tried once').catch(() => undefined);
  }
}
