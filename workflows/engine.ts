import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  sleep,
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
import { surroundings, type RunRequest } from '../core/run/request.js';
import { quick } from './activities.js';
import { short } from './call.js';
import { startItem, startItemUndo, tellItem } from './fleet.js';
import { RunLeases } from './run-leases.js';
import { asStepFailure } from './step-failure.js';
import { counted } from './turns.js';
import { Verbs } from './verbs.js';

/** Events after which the run goes on in a new history; Temporal suggests it at 4,096. */
const maxEvents = 4000;

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
  readonly #leases: RunLeases;
  readonly #verbs: Verbs;
  readonly #actions: Record<string, ActionFacts>;
  readonly #newHistoryAfter: number;

  constructor(
    request: RunRequest,
    actions: Readonly<Record<string, ActionFacts>>,
    hooks: EngineHooks,
    looksLimitMs?: number,
  ) {
    this.#request = request;
    this.#actions = { ...actions };
    this.#hooks = hooks;
    this.#leases = new RunLeases(request);
    this.#verbs = new Verbs({
      request,
      factsOf: (action) => this.#factsOf(action),
      fencesOf: (resources) => this.#leases.of(resources),
      startedAt:
        request.resume?.state.progress.record.startedAt ?? workflowInfo().startTime.toISOString(),
      ...(looksLimitMs === undefined ? {} : { looksLimitMs }),
    });
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

  perform(request: VerbRequest): Promise<VerbAnswer> {
    return this.#verbs.perform(request);
  }

  looks(requests: readonly VerbRequest[]): Promise<readonly Looked[]> {
    return this.#verbs.looks(requests);
  }

  /** Histories from before do it one by one. */
  looksAhead(): boolean {
    return patched('looks-ahead');
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

  acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]> {
    return this.#leases.acquire(wishes, queued);
  }

  release(held: readonly string[]): Promise<void> {
    return this.#leases.release(held);
  }

  /** Histories from before do it between two steps. */
  regainsAtOnce(): boolean {
    return patched('leases-regained');
  }

  /** Histories from before park it. */
  endsUnparked(): boolean {
    return patched('ends-unparked');
  }

  /** A lease that this run queued for is now its own. */
  granted(resource: string, fence: number | null): void {
    this.#leases.granted(resource, fence);
  }

  /** Leases as they were granted, to be carried into a new history. */
  fences(): Fence[] {
    return this.#leases.all();
  }

  /** Numbers of the grants of the run around this one, as they are now. */
  lend(fences: readonly Fence[]): void {
    this.#leases.lend(fences);
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
