import type { Client } from '@temporalio/client';
import { optionalTsToMs, tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';

/** Within so long after the kill of a worker, what it had in hand is to be begun again: heartbeat and a second, ms. */
export const recoveryMs = 11_000;

type History = proto.temporal.api.history.v1.IHistory;

/** An attempt that was under way when its worker was killed. */
export interface Interrupted {
  /** Id of the execution, of which a run may have several. */
  readonly execution: string;
  /** Id of the activity; null for a workflow task. */
  readonly activity: string | null;
  readonly attempt: number;
  /** When it had begun, ms since 1970. */
  readonly begunAt: number;
  /** When the worker was killed, ms since 1970. */
  readonly killedAt: number;
  /** When the next worker was killed; null where none was. */
  readonly nextKillAt: number | null;
}

/** When an attempt began, as the history has it: of an activity, only the last attempt. */
export interface Begun {
  readonly activity: string | null;
  readonly attempt: number;
  readonly at: number;
}

/**
 * What a worker that was just killed had in hand of a run. The server does not know yet that it is gone, and says so
 * until the heartbeats are missed.
 */
export async function interrupted(
  client: Client,
  run: string,
  killedAt: number,
): Promise<Interrupted[]> {
  const { raw, runId } = await client.workflow.getHandle(run).describe();
  const started: number =
    proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
  const tasks = [
    { ...raw.pendingWorkflowTask, lastStartedTime: raw.pendingWorkflowTask?.startedTime },
  ];
  return [...(raw.pendingActivities ?? []), ...tasks].flatMap((one) => {
    const begunAt = optionalTsToMs(one.lastStartedTime) ?? Number.POSITIVE_INFINITY;
    if (Number(one.state) !== started || begunAt > killedAt) return [];
    const activity = 'activityId' in one ? (one.activityId ?? '') : null;
    return [
      {
        execution: runId,
        activity,
        attempt: one.attempt ?? 1,
        begunAt,
        killedAt,
        nextKillAt: null,
      },
    ];
  });
}

/** When the attempts of a history began. */
export function begun({ events }: History): Begun[] {
  const names = new Map(
    (events ?? []).flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [[String(eventId), scheduled.activityId ?? ''] as const] : [],
    ),
  );
  return (events ?? []).flatMap((event): Begun[] => {
    const at = tsToMs(event.eventTime);
    const activity = event.activityTaskStartedEventAttributes;
    if (activity) {
      const name = names.get(String(activity.scheduledEventId)) ?? '';
      return [{ activity: name, attempt: activity.attempt ?? 1, at }];
    }
    return event.workflowTaskStartedEventAttributes ? [{ activity: null, attempt: 1, at }] : [];
  });
}

/**
 * How long it took until the next attempt began, ms; null where this says nothing: the attempt was through before the
 * kill, the next worker was killed before it could begin, or several had failed before, after which one waits longer.
 */
export function timeToRecover(lost: Interrupted, attempts: readonly Begun[]): number | null {
  const next = attempts.find(
    ({ activity, at }) => activity === lost.activity && at > lost.killedAt,
  );
  if (next === undefined || lost.attempt > 1) return null;
  if (lost.activity !== null && next.attempt !== lost.attempt + 1) return null;
  if (lost.nextKillAt !== null && lost.nextKillAt <= next.at) return null;
  return next.at - lost.killedAt;
}
