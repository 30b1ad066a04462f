import { AsyncLocalStorage } from 'node:async_hooks';
import type { JsonObject } from '../../core/json.js';
import type { Plan, RunRecord } from '../../core/record.js';
import type { Cancellable, Engine, VerbAnswer, VerbRequest } from '../../core/run/engine.js';
import type { Fence, LeaseAnswer, LeaseWish } from '../../core/run/lease.js';
import type { LeaseRefusal } from '../../core/run/locks.js';
import type { Callee } from '../../core/run/program.js';
import { Call, type Doing, type Order } from './call.js';
import { Cancelled, Scope } from './scope.js';

/** The world outside of the interpreter. */
export interface World {
  /** One attempt at a verb. @throws RunbookError; the reason of `doing.signal` */
  perform(request: VerbRequest, fences: readonly Fence[], doing: Doing): Promise<VerbAnswer>;
  /** Ends what earlier attempts at a change have left running on its target. */
  stop(request: VerbRequest, fences: readonly Fence[], doing: Doing): Promise<void>;
  problems(action: string, io: 'input' | 'output', value: JsonObject): readonly string[];
  callee(name: string, inputs: JsonObject): Callee;
  planHash(plan: Omit<Plan, 'hash' | 'at'>): string;
  /** Asks for a lease; `wait`: queues for it. Asking again is asking once. */
  claim(wish: LeaseWish, wait: boolean): Promise<LeaseAnswer>;
  release(resources: readonly string[]): Promise<void>;
}

/** How often a lease that others hold is asked for again, ms. */
const askAgainMs = 1000;

interface Waiter {
  readonly holds: () => boolean;
  readonly end: () => void;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
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
 * The interpreter's engine without a server. It does nothing by itself: what is asked for becomes a numbered
 * {@link Call}, which whoever drives it carries out or answers out of a journal. Time stands still but for
 * {@link at}. So equal answers in equal order make an equal run.
 */
export class LocalEngine implements Engine {
  /** What was asked for and is not answered, by number. */
  readonly open = new Map<number, Call>();
  /** Present time, RFC 3339 UTC: that of the last thing that happened. */
  at: string;
  /** True where the record has changed since it was last looked at. */
  changed = true;
  readonly #world: World;
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #root = new Scope(null);
  readonly #waiters = new Set<Waiter>();
  readonly #fences = new Map<string, Fence>();
  #numbered = 0;

  constructor(world: World, at: string) {
    this.#world = world;
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

  async #ask<T>(order: Order): Promise<T> {
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

  now(): string {
    return this.at;
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

  perform(request: VerbRequest): Promise<VerbAnswer> {
    const { under = [], verb, path } = request;
    const fences = under.flatMap((resource) => this.#fences.get(resource) ?? []);
    const changes = verb === 'apply' || verb === 'undo';
    return this.#ask({
      what: `${path} ${verb}`,
      path,
      effect: changes ? 'change' : verb === 'check' ? 'none' : 'noted',
      work: (doing) => this.#world.perform(request, fences, doing),
      ...(changes ? { stop: (doing: Doing) => this.#world.stop(request, fences, doing) } : {}),
    });
  }

  problemsOfInput(action: string, input: JsonObject): Promise<readonly string[]> {
    return this.#quick(`input of ${action}`, () => this.#world.problems(action, 'input', input));
  }

  problemsOfOutput(action: string, output: JsonObject): Promise<readonly string[]> {
    return this.#quick(`output of ${action}`, () => this.#world.problems(action, 'output', output));
  }

  callee(name: string, inputs: JsonObject): Promise<Callee> {
    return this.#quick(`runbook ${name}`, () => this.#world.callee(name, inputs));
  }

  planHash(plan: Omit<Plan, 'hash' | 'at'>): Promise<string> {
    return this.#quick('hash of the plan', () => this.#world.planHash(plan));
  }

  #quick<T>(what: string, work: () => T): Promise<T> {
    return this.#ask({ what, path: null, effect: 'none', work: async () => work() });
  }

  async acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]> {
    const had: string[] = [];
    try {
      for (const wish of wishes) {
        const { resource, mode } = wish;
        const answer = await this.#lease(wish, queued !== null);
        let { fence } = answer;
        if (fence === null && queued === null) {
          await this.release(had);
          return answer.holders.map((holder) => ({ resource, holder }));
        }
        const [holder] = answer.holders;
        if (fence === null && holder !== undefined) queued?.({ resource, holder });
        if (fence === null) fence = await this.#queue(wish);
        had.push(resource);
        this.#fences.set(resource, { resource, mode, fence });
      }
      return [];
    } catch (error) {
      // Also the place in a queue must be given up.
      await this.shielded(() => this.release(wishes.map(({ resource }) => resource)));
      throw error;
    }
  }

  #lease(wish: LeaseWish, wait: boolean): Promise<LeaseAnswer> {
    return this.#ask({
      what: `lease ${wish.resource}`,
      path: null,
      effect: 'none',
      work: () => this.#world.claim(wish, wait),
    });
  }

  /** Waits in the queue of a lease; answers the number of the grant. */
  #queue(wish: LeaseWish): Promise<number> {
    return this.#ask({
      what: `turn for ${wish.resource}`,
      path: null,
      effect: 'none',
      work: async ({ signal }) => {
        for (;;) {
          const { fence } = await this.#world.claim(wish, true);
          if (fence !== null) return fence;
          await pause(askAgainMs, signal);
        }
      },
    });
  }

  async release(resources: readonly string[]): Promise<void> {
    if (resources.length === 0) return;
    for (const resource of resources) this.#fences.delete(resource);
    await this.#ask({
      what: `release ${resources.join(' ')}`,
      path: null,
      effect: 'none',
      work: () => this.#world.release(resources),
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

  publish(_record: RunRecord): void {
    this.changed = true;
  }

  wantsNewHistory(): boolean {
    return false;
  }
}
