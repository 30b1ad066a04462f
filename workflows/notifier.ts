import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, condition, log, startChild } from '@temporalio/workflow';
import type { Receiver } from '../core/definition/notify.js';
import type { Notification } from '../core/notification.js';
import type { RunRecord } from '../core/record.js';
import type { Noticed } from '../core/run/notices.js';
import type { RunRequest } from '../core/run/request.js';
import { Teller } from '../core/run/telling.js';
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
  readonly #teller: Teller;
  readonly #anybody: boolean;
  #starting = 0;

  /** `first`: the record that a history begins with; what it says has been told already. */
  constructor(request: RunRequest, first: RunRecord) {
    const { notify = [], project, resume } = request;
    this.#anybody = notify.length > 0;
    this.#teller = new Teller(notify, project['name'] ?? '', first, resume?.noticed);
  }

  /** What was told so far, for the history that goes on. */
  get noticed(): Noticed {
    return this.#teller.noticed;
  }

  /** Tells what is new in a record. */
  see(record: RunRecord): void {
    for (const { event, receivers } of this.#teller.see(record)) void this.#start(event, receivers);
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
    if (!this.#anybody) return;
    await condition(counted(() => this.#starting === 0));
  }
}
