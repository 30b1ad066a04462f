import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cancellable } from '../../core/run/engine.js';
import { Call, type Order } from './call.js';
import { Cancelled, Scope } from './scope.js';

interface Waiter {
  readonly holds: () => boolean;
  readonly end: () => void;
}

/** Waits; rejects with the signal's reason when it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    // Timers cannot count further than 24 days.
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * What all interpreters of one process share. Nothing is done here: what is asked for becomes a numbered
 * {@link Call}, which whoever drives it carries out or answers out of a journal. Time stands still but for {@link at}.
 * So equal answers in equal order make an equal run.
 */
export class Kernel {
  /** What was asked for and is not answered, by number. */
  readonly open = new Map<number, Call>();
  /** Present time, RFC 3339 UTC: that of the last thing that happened. */
  at: string;
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #root = new Scope(null);
  readonly #waiters = new Set<Waiter>();
  #numbered = 0;

  constructor(at: string) {
    this.at = at;
  }

  get #scope(): Scope {
    return this.#scopes.getStore() ?? this.#root;
  }

  #call(order: Order): Call {
    this.#scope.check();
    this.#numbered += 1;
    const call = new Call(this.#numbered, order);
    this.open.set(call.call, call);
    const forget = this.#scope.onCancel(() => call.cancel());
    void call.done.then(forget, forget);
    return call;
  }

  /** Asks for something. @throws StepFailure, or a cancellation */
  async ask<T>(order: Order): Promise<T> {
    return (await this.#call(order).done) as T;
  }

  /** Lets everything go on that can go on without another answer. */
  async settle(): Promise<void> {
    for (;;) {
      // By then all microtasks have run.
      await new Promise((resolve) => setImmediate(resolve));
      const ready = [...this.#waiters].filter(({ holds }) => holds());
      if (ready.length === 0) return;
      for (const waiter of ready) waiter.end();
    }
  }

  async sleep(ms: number): Promise<void> {
    await this.#timer(ms).done;
  }

  #timer(ms: number): Call {
    const end = Date.parse(this.at) + ms;
    return this.#call({
      what: 'sleep',
      path: null,
      effect: 'none',
      work: async ({ signal }) => {
        for (let left = end - Date.now(); left > 0; left = end - Date.now())
          await pause(left, signal);
      },
    });
  }

  async until(holds: () => boolean, ms?: number): Promise<boolean> {
    const scope = this.#scope;
    scope.check();
    if (holds()) return true;
    const timer = ms === undefined ? null : this.#timer(ms);
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiters.delete(waiter);
        forget();
        if (timer !== null && this.open.delete(timer.call)) timer.cancel();
      };
      const waiter: Waiter = {
        holds,
        end: () => {
          over();
          resolve(true);
        },
      };
      const forget = scope.onCancel(() => {
        over();
        reject(new Cancelled());
      });
      this.#waiters.add(waiter);
      const late = (): void => {
        over();
        resolve(false);
      };
      timer?.done.then(late, () => undefined);
    });
  }

  cancellable<T>(work: () => Promise<T>): Cancellable<T> {
    const scope = new Scope(this.#scope);
    return { done: this.#scopes.run(scope, work), cancel: () => scope.cancel() };
  }

  shielded<T>(work: () => Promise<T>): Promise<T> {
    return this.#scopes.run(new Scope(null), work);
  }

  isCancellation(error: unknown): boolean {
    return error instanceof Error && error.name === 'Cancelled';
  }
}
