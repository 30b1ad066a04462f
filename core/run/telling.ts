import type { Receiver } from '../definition/notify.js';
import type { Notification } from '../notification.js';
import type { RunRecord } from '../record.js';
import { notices, occasion, type Noticed } from './notices.js';
import { notification } from './notification.js';

/** An event, and those who want it. */
export interface Telling {
  readonly event: Notification;
  readonly receivers: readonly Receiver[];
}

/** Finds what there is to be told of a run, from one record to the next. */
export class Teller {
  readonly #receivers: readonly Receiver[];
  readonly #project: string;
  readonly #noticed: Record<string, number>;
  #record: RunRecord;

  /** `first`: what it says has been told already, as often as `noticed` says. */
  constructor(
    receivers: readonly Receiver[],
    project: string,
    first: RunRecord,
    noticed: Noticed = {},
  ) {
    this.#receivers = receivers;
    this.#project = project;
    this.#noticed = { ...noticed };
    this.#record = first;
  }

  /** What was told so far, for the history that goes on. */
  get noticed(): Noticed {
    return this.#noticed;
  }

  /** What is new in a record. */
  see(record: RunRecord): Telling[] {
    if (this.#receivers.length === 0) return [];
    const found = notices(this.#record, record);
    this.#record = record;
    return found.flatMap((notice) => {
      const which = occasion(notice);
      const number = (this.#noticed[which] ?? 0) + 1;
      // Counted whoever is told, so that an event's id does not depend on that.
      this.#noticed[which] = number;
      const receivers = this.#receivers.filter(({ on }) => on?.includes(notice.kind) ?? true);
      if (receivers.length === 0) return [];
      return [{ event: notification(record, notice, number, this.#project), receivers }];
    });
  }
}
