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
