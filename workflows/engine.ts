import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  TimeoutFailure,
  ActivityCancellationType,
  workflowInfo,
} from '@temporalio/workflow';
import type { JsonObject } from '../core/json.js';
import type { Plan, RunRecord } from '../core/record.js';
import type {
  Cancellable,
  Engine,
  Looked,
  SignatureAnswer,
  SignatureRequest,
  VerbAnswer,
  VerbRequest,
} from '../core/run/engine.js';
import type { ItemOrder, ItemRequest, ItemUndo } from '../core/run/items.js';
import type { Fence, LeaseWish } from '../core/run/lease.js';
import type { LeaseRefusal } from '../core/run/locks.js';
import type { ActionFacts, Callee } from '../core/run/program.js';
import type { RunEvent } from '../core/run/reduce.js';
import { failureOf } from '../core/run/run.js';
import { surroundings, type RunRequest, type VerbCall } from '../core/run/request.js';
import { lasting, quick, type LookActivities } from './activities.js';
import { called, queueOf, short, slice, summaryOf, typeOf, type VerbActivity } from './call.js';
import { startItem, startItemUndo, tellItem } from './fleet.js';
import { lastWord } from './lost-probe.js';
import { asStepFailure, causeOf } from './step-failure.js';
import { counted } from './turns.js';

/** A check that takes longer than this is done again as a regular activity: a local one blocks decisions. */
const localLimitMs = 2000;
/** Without a beat for so long, a worker counts as lost. */
const heartbeatTimeout = '10s';
/** Past its own limit a verb still has time to stop what it started. */
const graceMs = 30_000;
/** Events after which the run goes on in a new history; Temporal suggests it at 4,096. */
const maxEvents = 4000;

/** The most targets that are looked at by one activity: their answers share one payload. */
const maxLooks = 50;

/** What the engine tells the workflow that uses it. */
export interface EngineHooks {
  publish(record: RunRecord, event: RunEvent): void;
  /** The run of an item is over. */
  itemGone(path: string): void;
}

/** The interpreter's engine on Temporal. */
export class TemporalEngine implements Engine {
  readonly #request: RunRequest;
  readonly #hooks: EngineHooks;
  /** Leases that came after a wait, with the number of the grant where it was told. */
  readonly #granted = new Map<string, number | null>();
  readonly #fences: Map<string, Fence>;
  /** Leases of the run around this one, under which it acts as well. */
  readonly #lent: ReadonlySet<string>;
  readonly #actions: Record<string, ActionFacts>;
  readonly #newHistoryAfter: number;
  /** When the run began, not the history that it goes on in. */
  readonly #startedAt: string;

  /** A check of several that takes longer than this is done again by itself, ms. */
  readonly #looksLimitMs: number;

  constructor(
    request: RunRequest,
    actions: Readonly<Record<string, ActionFacts>>,
    hooks: EngineHooks,
    looksLimitMs = localLimitMs,
  ) {
    this.#request = request;
    this.#looksLimitMs = looksLimitMs;
    this.#actions = { ...actions };
    this.#hooks = hooks;
    const lent = request.within?.fences ?? [];
    this.#lent = new Set(lent.map(({ resource }) => resource));
    this.#fences = new Map(
      [...lent, ...(request.resume?.fences ?? [])].map((one) => [one.resource, one]),
    );
    this.#startedAt =
      request.resume?.state.progress.record.startedAt ?? workflowInfo().startTime.toISOString();
    this.#newHistoryAfter = request.newHistoryAfter ?? maxEvents;
  }

  now(): string {
    return new Date().toISOString();
  }

  sleep(ms: number, summary: string): Promise<void> {
    return sleep(ms, { summary: short(summary) });
  }

  async until(holds: () => boolean, ms?: number, summary?: string): Promise<boolean> {
    if (ms === undefined) {
      await condition(counted(holds));
      return true;
    }
    return condition(counted(holds), ms, summary === undefined ? {} : { summary: short(summary) });
  }

  async perform(request: VerbRequest): Promise<VerbAnswer> {
    try {
      if (this.#isQuick(request)) {
        const answer = await this.#locally(request);
        if (answer !== null) return answer;
      }
      return await this.#regularly(request);
    } catch (error) {
      const word = request.verb === 'probe' ? lastWord(error) : null;
      if (word !== null) return word;
      throw asStepFailure(error, request);
    }
  }

  async looks(requests: readonly VerbRequest[]): Promise<readonly Looked[]> {
    const alone = (make: Promise<VerbAnswer>): Promise<Looked> =>
      make.then(
        (answer) => ({ answer }),
        (error: unknown) => {
          if (isCancellation(error)) throw error;
          return { failure: failureOf(error) };
        },
      );
    const together = requests.filter((request) => this.#isQuick(request));
    if (together.length < 2 || !patched('looks')) {
      return Promise.all(requests.map((request) => alone(this.perform(request))));
    }
    const seen = new Map<VerbRequest, Promise<Looked | null>>();
    for (let at = 0; at < together.length; at += maxLooks) {
      const some = together.slice(at, at + maxLooks);
      const all = this.#atOnce(some);
      some.forEach((request, nr) =>
        seen.set(
          request,
          all.then((looked) => looked[nr] ?? null),
        ),
      );
    }
    const regularly = async (request: VerbRequest): Promise<VerbAnswer> => {
      try {
        return await this.#regularly(request);
      } catch (error) {
        throw asStepFailure(error, request);
      }
    };
    return Promise.all(
      requests.map(async (request) => {
        const looked = (await seen.get(request)) ?? null;
        return looked ?? alone(regularly(request));
      }),
    );
  }

  /** Whether a verb is first tried as a local activity. */
  #isQuick({ verb, action, target }: VerbRequest): boolean {
    const queue = queueOf(this.#request.inventory, target);
    return verb === 'check' && !this.#factsOf(action).slow && queue === null;
  }

  #callOf(request: VerbRequest): VerbCall {
    const { under = [], ...rest } = request;
    return {
      ...rest,
      fences: under.flatMap((resource) => this.#fences.get(resource) ?? []),
      run: {
        id: workflowInfo().workflowId,
        startedAt: this.#startedAt,
        user: this.#request.user,
      },
      inventory: slice(this.#request.inventory, request, this.#factsOf(request.action)),
    };
  }

  async #regularly(request: VerbRequest): Promise<VerbAnswer> {
    const queue = queueOf(this.#request.inventory, request.target);
    const proxy = proxyActivities<Record<string, VerbActivity>>({
      activityId: request.path,
      ...(queue === null ? {} : { taskQueue: queue }),
      startToCloseTimeout: request.timeoutMs + request.settle.timeoutMs + graceMs,
      heartbeatTimeout,
      summary: summaryOf(request),
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      // The first wait comes on top of the heartbeat's timeout when a worker was lost.
      retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
    });
    return await called(proxy, typeOf(request))(this.#callOf(request));
  }

  /** A quick check as a local activity; null where it took too long for one. */
  async #locally(request: VerbRequest): Promise<VerbAnswer | null> {
    const proxy = proxyLocalActivities<Record<string, VerbActivity>>({
      startToCloseTimeout: localLimitMs,
      retry: { maximumAttempts: 1 },
      summary: summaryOf(request),
    });
    try {
      return await called(proxy, typeOf(request))(this.#callOf(request));
    } catch (error) {
      if (causeOf(error) instanceof TimeoutFailure) return null;
      throw error;
    }
  }

  /** Quick checks as one local activity; null for each that took too long for one. */
  async #atOnce(requests: readonly VerbRequest[]): Promise<readonly (Looked | null)[]> {
    const [first] = requests;
    const { looks } = proxyLocalActivities<LookActivities>({
      startToCloseTimeout: this.#looksLimitMs + graceMs,
      retry: { maximumAttempts: 1 },
      summary: short(`${first?.title ?? ''} on ${requests.length} targets`),
    });
    const calls = requests.map((request) => this.#callOf(request));
    try {
      return await looks(calls, this.#looksLimitMs);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Each by itself tells what is the matter, and with which.
      return [];
    }
  }

  #factsOf(action: string): ActionFacts {
    const found = this.#actions[action];
    if (found === undefined) throw new TypeError(`no facts about ${action}`);
    return found;
  }

  problemsOfInput(action: string, input: JsonObject): Promise<readonly string[]> {
    return quick.problems(action, 'input', input);
  }

  problemsOfOutput(action: string, output: JsonObject): Promise<readonly string[]> {
    return quick.problems(action, 'output', output);
  }

  async callee(name: string, inputs: JsonObject): Promise<Callee> {
    try {
      const callee = await quick.callee(name, inputs, surroundings(this.#request));
      Object.assign(this.#actions, callee.actions);
      return callee;
    } catch (error) {
      throw asStepFailure(error, null);
    }
  }

  verifySignature(request: SignatureRequest): Promise<SignatureAnswer> {
    return quick.verifySignature(request);
  }

  planHash(plan: Omit<Plan, 'hash' | 'at'>): Promise<string> {
    const { definitionHash, inventory, files } = this.#request;
    return quick.planHash({ definitionHash, inventory, files }, plan);
  }

  async acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]> {
    const { workflowId, workflowType, taskQueue } = workflowInfo();
    const had: string[] = [];
    const claim = ({ resource, mode }: LeaseWish): ReturnType<typeof lasting.acquireLease> =>
      lasting.acquireLease.executeWithOptions({ summary: resource }, [
        {
          resource,
          mode,
          run: workflowId,
          user: this.#request.user,
          purpose: workflowType,
          wait: queued !== null,
          taskQueue,
        },
      ]);
    try {
      for (const wish of wishes) {
        const { resource, mode } = wish;
        if (this.#lent.has(resource)) continue;
        let answer = await claim(wish);
        if (answer.fence === null && queued === null) {
          await this.release(had);
          return answer.holders.map((holder) => ({ resource, holder }));
        }
        const [holder] = answer.holders;
        if (answer.fence === null && holder !== undefined) queued?.({ resource, holder });
        while (answer.fence === null && !this.#granted.has(resource)) {
          // The holder may end without a word: asking again now and then finds that out.
          if (
            await condition(
              counted(() => this.#granted.has(resource)),
              '30s',
              {
                summary: `lease on ${resource}`,
              },
            )
          )
            break;
          answer = await claim(wish);
        }
        had.push(resource);
        const fence = answer.fence ?? this.#granted.get(resource) ?? null;
        if (fence !== null) this.#fences.set(resource, { resource, mode, fence });
      }
      return [];
    } catch (error) {
      // Also the place in a queue must be given up.
      const asked = wishes.map(({ resource }) => resource);
      await CancellationScope.nonCancellable(() => this.release(asked));
      throw error;
    }
  }

  /** A lease that this run queued for is now its own. */
  granted(resource: string, fence: number | null): void {
    this.#granted.set(resource, fence);
  }

  /** Leases as they were granted, to be carried into a new history. */
  fences(): Fence[] {
    return [...this.#fences.values()];
  }

  /** Numbers of the grants of the run around this one, as they are now. */
  lend(fences: readonly Fence[]): void {
    for (const fence of fences)
      if (this.#lent.has(fence.resource)) this.#fences.set(fence.resource, fence);
  }

  async release(held: readonly string[]): Promise<void> {
    const resources = held.filter((resource) => !this.#lent.has(resource));
    if (resources.length === 0) return;
    for (const resource of resources) {
      this.#granted.delete(resource);
      this.#fences.delete(resource);
    }
    await lasting.releaseLeases.executeWithOptions({ summary: resources.join(', ') }, [
      { resources, run: workflowInfo().workflowId },
    ]);
  }

  startItem(item: ItemRequest): Promise<void> {
    return startItem(this.#request, item, this.fences(), () =>
      this.#hooks.itemGone(item.within.path),
    );
  }

  startItemUndo(item: ItemUndo): Promise<void> {
    return startItemUndo(this.#request, item, this.fences(), () => this.#hooks.itemGone(item.path));
  }

  tellItem(run: string, order: ItemOrder): Promise<boolean> {
    return tellItem(run, { ...order, fences: this.fences() });
  }

  cancellable<T>(work: () => Promise<T>): Cancellable<T> {
    const scope = new CancellationScope({ cancellable: true });
    return { done: scope.run(work), cancel: () => scope.cancel() };
  }

  shielded<T>(work: () => Promise<T>): Promise<T> {
    return CancellationScope.nonCancellable(work);
  }

  isCancellation(error: unknown): boolean {
    return isCancellation(error);
  }

  publish(record: RunRecord, event: RunEvent): void {
    this.#hooks.publish(record, event);
  }

  wantsNewHistory(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return continueAsNewSuggested || historyLength > this.#newHistoryAfter;
  }
}
