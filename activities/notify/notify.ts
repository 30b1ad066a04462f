import { Context } from '@temporalio/activity';
import type { Receiver } from '../../core/definition/notify.js';
import type { Notification } from '../../core/notification.js';
import { toRetryableFailure } from '../failure.js';
import { lastLines } from '../log/tail.js';
import { tell } from './command.js';
import type { Environment } from './environment.js';
import { limitMs } from './limit.js';
import { post } from './webhook.js';

/** What telling people needs of its worker. */
export interface NotifyDeps {
  /** Folder of all logs. */
  readonly logs: string;
  /** Folder of the project: commands run there. */
  readonly folder: string;
  readonly environment: Environment;
}

/** How many lines of a step's log a notification holds. */
const lines = 20;

/** The event with the end of its step's log. A log that cannot be read keeps nobody from being told. */
async function withLog(event: Notification, logs: string): Promise<Notification> {
  if (event.type === 'io.runbook.drift') return event;
  const { run, step } = event.data;
  if (step === null) return event;
  const log = await lastLines(logs, run, step, lines).catch(() => []);
  return { ...event, data: { ...event.data, log } };
}

/** Tells one receiver of an event, once. @throws RunbookError */
export async function deliver(
  { logs, folder, environment }: NotifyDeps,
  event: Notification,
  receiver: Receiver,
  signal: AbortSignal,
): Promise<void> {
  const limit = { signal, ms: limitMs };
  const body = JSON.stringify(await withLog(event, logs));
  if ('webhook' in receiver) await post(body, receiver.webhook, environment, limit);
  else await tell(body, receiver.command, { folder, environment }, limit);
}

/** The activity that delivers an event to one receiver: one try, which Temporal repeats. */
export function notifier(
  deps: NotifyDeps,
): (event: Notification, receiver: Receiver) => Promise<void> {
  return async (event, receiver) => {
    const { cancellationSignal: signal } = Context.current();
    try {
      await deliver(deps, event, receiver, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw toRetryableFailure(error);
    }
  };
}
