import type { ScheduleDescription } from '@temporalio/client';
import { PermanentError, type RunbookError } from '../../core/errors.js';
import type { RunRequest } from '../../core/run/request.js';
import type { Timing } from '../schedule/timing.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError, details, isNamed } from './faults.js';
import { planTimeout } from './plan.js';

/** A schedule that is to be made. */
export interface Scheduled {
  readonly name: string;
  readonly timing: Timing;
  readonly request: RunRequest;
}

/** What a schedule remembers about itself beside what it starts. */
interface Memo {
  /** Its timing, as it was asked for: the server keeps it in another form. */
  readonly timing: string;
}

/** A schedule of ours in a list. */
export interface ScheduleLine {
  readonly schedule: string;
  readonly runbook: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly next: string | null;
  readonly last: string | null;
}

/** All about a schedule but what came of it. */
export interface ScheduleFacts {
  readonly description: ScheduleDescription;
  readonly request: RunRequest;
  readonly timing: string;
}

function asScheduleError(error: unknown, name: string): RunbookError {
  if (isNamed(error, 'ScheduleNotFoundError')) {
    return new PermanentError('not-found', `there is no schedule '${name}'`, {
      hint: 'runbook schedule list shows them',
    });
  }
  if (isNamed(error, 'ScheduleAlreadyRunning')) {
    return new PermanentError('usage', `there is a schedule '${name}' already`, {
      hint: 'create … --replace puts this one in its place',
    });
  }
  const said = details(error);
  // An expression or a zone that the server cannot read.
  if (isNamed(error, 'TypeError') || /invalid schedule spec/i.test(said)) {
    return new PermanentError(
      'usage',
      `--cron: ${said.replace(/^.*invalid schedule spec: */i, '')}`,
    );
  }
  return asRunbookError(error, `schedule ${name}`);
}

async function call<T>(server: Server, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await within(server, callMs, work);
  } catch (error) {
    throw asScheduleError(error, name);
  }
}

function optionsOf({ name, timing, request }: Scheduled) {
  const { runbook, taskQueue, user } = request;
  const memo: Memo = { timing: timing.words };
  return {
    spec:
      timing.everyMs === null
        ? { cronExpressions: [timing.cron ?? ''], timezone: timing.timezone }
        : { intervals: [{ every: timing.everyMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'plan',
      // The server puts the time of the firing behind it.
      workflowId: `plan/schedule/${name}`,
      taskQueue,
      args: [request],
      memo: { schedule: memo },
      workflowTaskTimeout: '3s' as const,
      workflowExecutionTimeout: planTimeout,
      staticSummary: `drift of ${runbook.name}, by schedule ${name}`,
      staticDetails: `Scheduled by ${user}; changes nothing.`,
    },
    policies: { overlap: 'SKIP' as const, catchupWindow: timing.catchUpMs },
  };
}

/** Makes a schedule. @throws PermanentError `usage` where there is one of this name. */
export async function createSchedule(server: Server, scheduled: Scheduled): Promise<void> {
  const { name, request } = scheduled;
  await call(server, name, () =>
    server.client.schedule.create({
      scheduleId: name,
      ...optionsOf(scheduled),
      memo: { runbook: request.runbook.name },
    }),
  );
}

/** Puts another timing, definition and inputs into a schedule; what came of it so far stays. */
export async function replaceSchedule(server: Server, scheduled: Scheduled): Promise<void> {
  const { name, request } = scheduled;
  const { request: old } = await describeSchedule(server, name);
  if (old.runbook.name !== request.runbook.name) {
    throw new PermanentError('usage', `schedule '${name}' is one of ${old.runbook.name}`, {
      hint: `runbook schedule delete ${name}, or take another name`,
    });
  }
  await call(server, name, () =>
    server.client.schedule
      .getHandle(name)
      .update(({ state }) => ({ ...optionsOf(scheduled), state })),
  );
}

/** Schedules of ours, by name. */
export async function listSchedules(server: Server): Promise<ScheduleLine[]> {
  return call(server, 'list', async () => {
    const found: ScheduleLine[] = [];
    for await (const one of server.client.schedule.list()) {
      const runbook = one.memo?.['runbook'];
      if (one.action?.workflowType !== 'plan' || typeof runbook !== 'string') continue;
      found.push({
        schedule: one.scheduleId,
        runbook,
        paused: one.state.paused,
        note: one.state.note || null,
        next: one.info.nextActionTimes[0]?.toISOString() ?? null,
        last: one.info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
      });
    }
    return found.toSorted((a, b) => a.schedule.localeCompare(b.schedule));
  });
}

/** A schedule of ours. @throws PermanentError `not-found` */
export async function describeSchedule(server: Server, name: string): Promise<ScheduleFacts> {
  const description = await call(server, name, () =>
    server.client.schedule.getHandle(name).describe(),
  );
  const { action } = description;
  const request = action.args?.[0] as RunRequest | undefined;
  if (action.workflowType !== 'plan' || request === undefined) {
    throw new PermanentError('not-found', `schedule '${name}' is none of runbook's`, {
      hint: 'runbook schedule list shows them',
    });
  }
  const memo = action.memo?.['schedule'] as Memo | undefined;
  return { description, request, timing: memo?.timing ?? '' };
}

/** What is done to a schedule that is there. */
export type ScheduleVerb = 'pause' | 'resume' | 'trigger' | 'delete';

/** Does something to a schedule of ours. @throws PermanentError `not-found` */
export async function changeSchedule(
  server: Server,
  name: string,
  verb: ScheduleVerb,
  note: string,
): Promise<void> {
  await describeSchedule(server, name);
  const handle = server.client.schedule.getHandle(name);
  await call(server, name, async () => {
    switch (verb) {
      case 'pause':
        return handle.pause(note);
      case 'resume':
        return handle.unpause(note);
      case 'trigger':
        // While one goes on, the next waits for it: somebody wants to see its outcome.
        return handle.trigger('BUFFER_ONE');
      case 'delete':
        return handle.delete();
      default: {
        const never: never = verb;
        return never;
      }
    }
  });
}
