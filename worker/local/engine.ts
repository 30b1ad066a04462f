import type { Receiver } from '../../core/definition/notify.js';
import type { JsonObject } from '../../core/json.js';
import type { Notification } from '../../core/notification.js';
import type { Plan, RunRecord } from '../../core/record.js';
import type {
  Cancellable,
  Engine,
  SignatureAnswer,
  SignatureRequest,
  VerbAnswer,
  VerbRequest,
} from '../../core/run/engine.js';
import type { ItemOrder, ItemRequest, ItemUndo } from '../../core/run/items.js';
import type { Fence, LeaseAnswer, LeaseWish } from '../../core/run/lease.js';
import type { LeaseRefusal } from '../../core/run/locks.js';
import type { Callee } from '../../core/run/program.js';
import type { RunEvent } from '../../core/run/reduce.js';
import type { Doing } from './call.js';
import { pause, type Kernel } from './kernel.js';

/** The world outside of one run. */
export interface World {
  /** One attempt at a verb. @throws RunbookError; the reason of `doing.signal` */
  perform(request: VerbRequest, fences: readonly Fence[], doing: Doing): Promise<VerbAnswer>;
  /** Ends what earlier attempts at a change have left running on its target. */
  stop(request: VerbRequest, fences: readonly Fence[], doing: Doing): Promise<void>;
  problems(action: string, io: 'input' | 'output', value: JsonObject): readonly string[];
  callee(name: string, inputs: JsonObject): Callee;
  planHash(plan: Omit<Plan, 'hash' | 'at'>): string;
  /** Who has signed a vote, or what is wrong with the signature. */
  verifySignature(request: SignatureRequest): Promise<SignatureAnswer>;
  /** Asks for a lease; `wait`: queues for it. Asking again is asking once. */
  claim(wish: LeaseWish, wait: boolean): Promise<LeaseAnswer>;
  release(resources: readonly string[]): Promise<void>;
  /** Keeps the record of the run, which has ended. */
  archive(record: RunRecord): Promise<void>;
  /** Tells one receiver of an event, once. @throws RunbookError */
  tell(event: Notification, receiver: Receiver, signal: AbortSignal): Promise<void>;
}

/** How often a lease that others hold is asked for again, ms. */
const askAgainMs = 1000;

/** The runs of items, and who hears what they say. */
export interface Household {
  startItem(request: ItemRequest, fences: readonly Fence[]): void;
  startItemUndo(request: ItemUndo, fences: readonly Fence[]): void;
  tellItem(run: string, order: ItemOrder): boolean;
  /** The record of a run has changed; `again`: whoever is around it is told also where nothing is new. */
  said(record: RunRecord, again: boolean): void;
}

/** The interpreter's engine without a server, for one run. */
export class LocalEngine implements Engine {
  readonly #kernel: Kernel;
  readonly #world: World;
  readonly #household: Household;
  readonly #fences: Map<string, Fence>;
  /** Leases of the run around this one, under which it acts as well. */
  readonly #lent: ReadonlySet<string>;

  constructor(kernel: Kernel, world: World, household: Household, lent: readonly Fence[] = []) {
    this.#kernel = kernel;
    this.#world = world;
    this.#household = household;
    this.#fences = new Map(lent.map((one) => [one.resource, one]));
    this.#lent = new Set(this.#fences.keys());
  }

  now(): string {
    return this.#kernel.at;
  }

  sleep(ms: number): Promise<void> {
    return this.#kernel.sleep(ms);
  }

  until(holds: () => boolean, ms?: number): Promise<boolean> {
    return this.#kernel.until(holds, ms);
  }

  perform(request: VerbRequest): Promise<VerbAnswer> {
    const { under = [], verb, path } = request;
    const fences = under.flatMap((resource) => this.#fences.get(resource) ?? []);
    const changes = verb === 'apply' || verb === 'undo';
    return this.#kernel.ask({
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

  verifySignature(request: SignatureRequest): Promise<SignatureAnswer> {
    return this.#kernel.ask({
      what: 'signature of a vote',
      path: null,
      effect: 'none',
      work: () => this.#world.verifySignature(request),
    });
  }

  #quick<T>(what: string, work: () => T): Promise<T> {
    return this.#kernel.ask({ what, path: null, effect: 'none', work: async () => work() });
  }

  async acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]> {
    const had: string[] = [];
    try {
      for (const wish of wishes) {
        const { resource, mode } = wish;
        if (this.#lent.has(resource)) continue;
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
    return this.#kernel.ask({
      what: `lease ${wish.resource}`,
      path: null,
      effect: 'none',
      work: () => this.#world.claim(wish, wait),
    });
  }

  /** Waits in the queue of a lease; answers the number of the grant. */
  #queue(wish: LeaseWish): Promise<number> {
    return this.#kernel.ask({
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

  async release(held: readonly string[]): Promise<void> {
    const resources = held.filter((resource) => !this.#lent.has(resource));
    if (resources.length === 0) return;
    for (const resource of resources) this.#fences.delete(resource);
    await this.#kernel.ask({
      what: `release ${resources.join(' ')}`,
      path: null,
      effect: 'none',
      work: () => this.#world.release(resources),
    });
  }

  async startItem(request: ItemRequest): Promise<void> {
    this.#household.startItem(request, [...this.#fences.values()]);
  }

  async startItemUndo(request: ItemUndo): Promise<void> {
    this.#household.startItemUndo(request, [...this.#fences.values()]);
  }

  async tellItem(run: string, order: ItemOrder): Promise<boolean> {
    return this.#household.tellItem(run, { ...order, fences: [...this.#fences.values()] });
  }

  /** Numbers of the grants of the run around this one, as they are now. */
  lend(fences: readonly Fence[]): void {
    for (const fence of fences)
      if (this.#lent.has(fence.resource)) this.#fences.set(fence.resource, fence);
  }

  cancellable<T>(work: () => Promise<T>): Cancellable<T> {
    return this.#kernel.cancellable(work);
  }

  shielded<T>(work: () => Promise<T>): Promise<T> {
    return this.#kernel.shielded(work);
  }

  isCancellation(error: unknown): boolean {
    return this.#kernel.isCancellation(error);
  }

  publish(record: RunRecord, event: RunEvent): void {
    this.#household.said(record, event.type === 'done');
  }

  wantsNewHistory(): boolean {
    return false;
  }
}
