import type { Json } from '../../core/json.js';
import type { Pulse } from '../../core/run/request.js';
import type { Answer, Asked } from './entry.js';
import { Cancelled } from './scope.js';

/** How a call is carried out. */
export interface Doing {
  /** 1 for the first time; more where the process was lost meanwhile. */
  readonly attempt: number;
  /** Aborted when it is cancelled, or when the process is to stop. */
  readonly signal: AbortSignal;
  /** Tells how it stands. */
  pulse(pulse: Pulse): void;
  /** What it had told last in a process that was lost. */
  readonly last: Pulse | null;
}

/** What the interpreter can ask for. */
export interface Order {
  readonly what: string;
  /** Path of the step or probe, for a verb of an action. */
  readonly path: string | null;
  /**
   * `none`: may be done any number of times. `noted`: that it was begun is written down before. `change`: besides,
   * it is not broken off where the process is to stop.
   */
  readonly effect: 'none' | 'noted' | 'change';
  work(doing: Doing): Promise<unknown>;
  /** Ends what a lost process may have left running, where it is not to be done any more. */
  stop?(doing: Doing): Promise<void>;
}

/** Something that the interpreter has asked for and has not got yet. */
export class Call implements Asked {
  readonly call: number;
  readonly order: Order;
  readonly done: Promise<Json>;
  /** How often it was begun, this process included. */
  begun = 0;
  cancelled = false;
  /** What it told last. */
  pulse: Pulse | null = null;
  /** True while this process is at it. */
  atWork = false;
  readonly #abort = new AbortController();
  #resolve: (value: Json) => void = () => undefined;
  #reject: (why: Error) => void = () => undefined;

  constructor(call: number, order: Order) {
    this.call = call;
    this.order = order;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get what(): string {
    return this.order.what;
  }

  /** The interpreter does not want it any more; it ends with an answer all the same. */
  cancel(): void {
    this.cancelled = true;
    this.#abort.abort(new Cancelled());
  }

  /** This process does not go on with it; another may. */
  leave(): void {
    this.#abort.abort(new Error('the process is to stop'));
  }

  get left(): boolean {
    return this.#abort.signal.aborted && !this.cancelled;
  }

  /** Does it, or ends what was left of it. Never rejects. */
  async carryOut(toAnswer: (error: unknown) => Answer): Promise<Answer> {
    this.atWork = true;
    const doing: Doing = {
      attempt: this.cancelled ? this.begun + 1 : Math.max(1, this.begun),
      signal: this.#abort.signal,
      last: this.pulse,
      pulse: (pulse) => {
        this.pulse = pulse;
      },
    };
    try {
      if (this.cancelled) {
        if (this.begun > 0)
          await this.order.stop?.({ ...doing, signal: new AbortController().signal });
        return { cancelled: true };
      }
      // What comes out of a journal is JSON, so what goes on without one is, too.
      const value = (await this.order.work(doing)) ?? null;
      return { value: JSON.parse(JSON.stringify(value)) as Json };
    } catch (error) {
      return this.cancelled ? { cancelled: true } : toAnswer(error);
    } finally {
      this.atWork = false;
    }
  }

  /** Hands the answer over. */
  settle(answer: Answer, toError: (answer: Answer) => Error): void {
    if ('value' in answer) this.#resolve(answer.value);
    else this.#reject('cancelled' in answer ? new Cancelled() : toError(answer));
  }
}
