import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, condition, log, startChild } from '@temporalio/workflow';
import type { Receiver } from '../core/definition/notify.js';
import type { Notification } from '../core/notification.js';
import type { RunRecord } from '../core/record.js';
import { notices, occasion, type Notice, type Noticed } from '../core/run/notices.js';
import { notification as eventOf } from '../core/run/notification.js';
import type { RunRequest } from '../core/run/request.js';
import type { notification } from './notification.js';
import { counted } from './turns.js';

/** Starts a workflow of its own that outlives this one. Its id is the event's: a second one cannot start. */
export async function handOver(event: Notification, receivers: readonly Receiver[]): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() =>
      startChild<typeof notification>('notification', {
        workflowId: `notification/${event.id}`,
        args: [{ event, receivers }],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        parentClosePolicy: 'ABANDON',
        workflowTaskTimeout: '3s',
        staticSummary: `${event.type} ${event.subject}`.slice(0, 120),
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError))
      log.warn('a notification could not be started', { event: event.id, error });
  }
}

/** Tells people of what happens in a run. Steps never wait for it, and it never fails the run. */
export class Notifier {
  readonly #receivers: readonly Receiver[];
  readonly #project: string;
  readonly #noticed: Record<string, number>;
  #record: RunRecord;
  #starting = 0;

  /** `first`: the record that a history begins with; what it says has been told already. */
  constructor(request: RunRequest, first: RunRecord) {
    this.#receivers = request.notify ?? [];
    this.#project = request.project['name'] ?? '';
    this.#noticed = { ...request.resume?.noticed };
    this.#record = first;
  }

  /** What was told so far, for the history that goes on. */
  get noticed(): Noticed {
    return this.#noticed;
  }

  /** Tells what is new in a record. */
  see(record: RunRecord): void {
    if (this.#receivers.length === 0) return;
    for (const notice of notices(this.#record, record)) this.#tell(record, notice);
    this.#record = record;
  }

  #tell(record: RunRecord, notice: Notice): void {
    const which = occasion(notice);
    const number = (this.#noticed[which] ?? 0) + 1;
    // Counted whoever is told, so that an event's id does not depend on that.
    this.#noticed[which] = number;
    const receivers = this.#receivers.filter(({ on }) => on?.includes(notice.kind) ?? true);
    if (receivers.length === 0) return;
    void this.#start(eventOf(record, notice, number, this.#project), receivers);
  }

  async #start(event: Notification, receivers: readonly Receiver[]): Promise<void> {
    this.#starting += 1;
    try {
      await handOver(event, receivers);
    } finally {
      this.#starting -= 1;
    }
  }

  /** Until the server has taken all that is to be told: a run that ends before that would lose it. */
  async handedOver(): Promise<void> {
    if (this.#receivers.length === 0) return;
    await condition(counted(() => this.#starting === 0));
  }
}
