import { RunbookError } from '../../core/errors.js';
import { within, type Server } from './connection.js';
import { asRunbookError } from './faults.js';

/** A worker that has asked for work lately. */
export interface Poller {
  readonly identity: string;
  readonly lastSeen: Date | null;
}

/** Workers that serve a task queue, as the server has seen them in the last minutes. */
export async function pollersOf(server: Server, taskQueue: string): Promise<Poller[]> {
  try {
    const { temporal } = (await import('@temporalio/proto')).default;
    const { pollers } = await within(server, 5000, () =>
      server.connection.workflowService.describeTaskQueue({
        namespace: server.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      }),
    );
    return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      lastSeen:
        lastAccessTime?.seconds === undefined || lastAccessTime.seconds === null
          ? null
          : new Date(Number(lastAccessTime.seconds) * 1000),
    }));
  } catch (error) {
    throw asRunbookError(error, `looking for workers of ${taskQueue}`);
  }
}

/** A worker asks for work once a minute at least; one that has not done so is gone, though the server still names it, ms. */
const pollMs = 90_000;

/** @throws RunbookError `worker-unavailable` where nobody serves a task queue. */
export async function someoneIsThere(server: Server, taskQueue: string): Promise<void> {
  const pollers = await pollersOf(server, taskQueue);
  const since = Date.now() - pollMs;
  if (pollers.every(({ lastSeen }) => lastSeen !== null && lastSeen.getTime() < since)) {
    throw new RunbookError('worker-unavailable', `no worker serves task queue ${taskQueue}`, {
      hint: 'start one: runbook worker',
    });
  }
}
