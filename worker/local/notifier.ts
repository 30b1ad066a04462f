import type { Receiver } from '../../core/definition/notify.js';
import type { Notification } from '../../core/notification.js';
import type { RunRecord } from '../../core/record.js';
import type { Teller } from '../../core/run/telling.js';
import type { Kernel } from './kernel.js';

/** Pauses between tries, ms: doubled up to the longest. */
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
/** After that nobody is told any more, ms. */
const giveUpMs = 24 * 3_600_000;
/** How long a run that has ended waits for receivers that are away, ms: nothing goes on after its process. */
const atTheEndMs = 30_000;

/**
 * Tells people of what happens in a run without a server. No step waits for it, and it never fails the run. What is
 * to be told comes out of the record, and that it was is in the journal: so the next process tells what is left.
 */
export class LocalNotifier {
  readonly #kernel: Kernel;
  readonly #teller: Teller;
  readonly #tell: (event: Notification, receiver: Receiver, signal: AbortSignal) => Promise<void>;
  #open = 0;

  constructor(
    kernel: Kernel,
    teller: Teller,
    tell: (event: Notification, receiver: Receiver, signal: AbortSignal) => Promise<void>,
  ) {
    this.#kernel = kernel;
    this.#teller = teller;
    this.#tell = tell;
  }

  /** Tells what is new in a record. */
  see(record: RunRecord): void {
    for (const { event, receivers } of this.#teller.see(record))
      for (const receiver of receivers)
        // Whatever is cancelled, people are told.
        void this.#kernel.shielded(() => this.#deliver(event, receiver));
  }

  async #deliver(event: Notification, receiver: Receiver): Promise<void> {
    const since = Date.parse(this.#kernel.at);
    this.#open += 1;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        await this.#kernel.ask({
          what: `tell ${receiver.id} of ${event.id}`,
          path: null,
          // A process that is to stop since the run waits for a person must have told that person.
          effect: 'change',
          work: ({ signal }) => this.#tell(event, receiver, signal),
        });
        break;
      } catch {
        if (Date.parse(this.#kernel.at) - since > giveUpMs) break;
        await this.#kernel.sleep(pause);
      }
    }
    this.#open -= 1;
  }

  /** Until all was told, or the receivers that are away have had their time. */
  async handedOver(): Promise<void> {
    if (this.#open > 0) await this.#kernel.until(() => this.#open === 0, atTheEndMs);
  }
}
