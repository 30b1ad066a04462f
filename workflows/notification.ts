import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { Receiver } from '../core/definition/notify.js';
import type { Notification } from '../core/notification.js';
import type { EngineActivities } from './activities.js';

/** One event and those who are to be told of it. */
export interface NotificationOrder {
  readonly event: Notification;
  readonly receivers: readonly Receiver[];
}

/** Tells one receiver, again and again until it has taken the event, for a day. */
function deliver(event: Notification, receiver: Receiver): Promise<void> {
  const { notify } = proxyActivities<Pick<EngineActivities, 'notify'>>({
    activityId: receiver.id,
    summary: `${event.type} to ${receiver.id}`,
    // More than the limit of a try, so that the try itself can say what it waited for.
    startToCloseTimeout: '20s',
    scheduleToCloseTimeout: '24h',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  });
  return notify(event, receiver);
}

/**
 * Delivers one event, each receiver for itself. A workflow of its own, so that a receiver that is away
 * neither holds a run up nor keeps it open. Fails where one was not reached in time: the Web UI and
 * `runbook doctor` show it.
 */
export async function notification({ event, receivers }: NotificationOrder): Promise<void> {
  const results = await Promise.allSettled(receivers.map((receiver) => deliver(event, receiver)));
  const missed = receivers.filter((_receiver, at) => results[at]?.status === 'rejected');
  if (missed.length === 0) return;
  const first = results.find((result) => result.status === 'rejected');
  throw ApplicationFailure.create({
    message: `${event.id} was not delivered to ${missed.map(({ id }) => id).join(', ')}`,
    type: 'not-delivered',
    nonRetryable: true,
    cause: first?.reason as Error,
  });
}
