import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  TimeoutFailure,
  ActivityCancellationType,
  ApplicationFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { HostSpec, Inventory } from '../core/definition/inventory.js';
import type { JsonObject } from '../core/json.js';
import type { Failure, Plan, RunRecord } from '../core/record.js';
import {
  StepFailure,
  type Cancellable,
  type Engine,
  type SignatureAnswer,
  type SignatureRequest,
  type VerbAnswer,
  type VerbRequest,
} from '../core/run/engine.js';
import type { ItemOrder, ItemRequest, ItemUndo } from '../core/run/items.js';
import type { Fence, LeaseWish } from '../core/run/lease.js';
import type { LeaseRefusal } from '../core/run/locks.js';
import { targetOf } from '../core/run/frame.js';
import type { ActionFacts, Callee } from '../core/run/program.js';
import type { RunEvent } from '../core/run/reduce.js';
import { surroundings, type RunRequest, type VerbCall } from '../core/run/request.js';
import { lasting, quick } from './activities.js';
import { startItem, startItemUndo, tellItem } from './fleet.js';
import { lastWord } from './lost-probe.js';
import { counted } from './turns.js';

/** A check that takes longer than this is done again as a regular activity: a local one blocks decisions. */
const localLimitMs = 2000;
/** Without a beat for so long, a worker counts as lost. */
const heartbeatTimeout = '10s';
/** Past its own limit a verb still has time to stop what it started. */
const graceMs = 30_000;
/** Events after which the run goes on in a new history; Temporal suggests it at 4,096. */
const maxEvents = 4000;

type VerbActivity = (call: VerbCall) => Promise<VerbAnswer>;

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

  constructor(
    request: RunRequest,
    actions: Readonly<Record<string, ActionFacts>>,
    hooks: EngineHooks,
  ) {
    this.#request = request;
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
    const facts = this.#factsOf(request.action);
    const { workflowId } = workflowInfo();
    const { under = [], ...rest } = request;
    const call: VerbCall = {
      ...rest,
      fences: under.flatMap((resource) => this.#fences.get(resource) ?? []),
      run: { id: workflowId, startedAt: this.#startedAt, user: this.#request.user },
      inventory: slice(this.#request.inventory, request, facts),
    };
    const type = `${request.action}.${request.verb}`;
    const summary = short(
      `${request.title}${request.target === 'local' ? '' : ` on ${request.target}`}`,
    );
    const queue = queueOf(this.#request.inventory, request.target);
    try {
      if (request.verb === 'check' && !facts.slow && queue === null) {
        const answer = await this.#locally(type, call, summary);
        if (answer !== null) return answer;
      }
      const proxy = proxyActivities<Record<string, VerbActivity>>({
        activityId: request.path,
        ...(queue === null ? {} : { taskQueue: queue }),
        startToCloseTimeout: request.timeoutMs + request.settle.timeoutMs + graceMs,
        heartbeatTimeout,
        summary,
        cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
      });
      return await called(proxy, type)(call);
    } catch (error) {
      const word = request.verb === 'probe' ? lastWord(error) : null;
      if (word !== null) return word;
      throw asStepFailure(error, request);
    }
  }

  /** A quick check as a local activity; null where it took too long for one. */
  async #locally(type: string, call: VerbCall, summary: string): Promise<VerbAnswer | null> {
    const proxy = proxyLocalActivities<Record<string, VerbActivity>>({
      startToCloseTimeout: localLimitMs,
      retry: { maximumAttempts: 1 },
      summary,
    });
    try {
      return await called(proxy, type)(call);
    } catch (error) {
      if (causeOf(error) instanceof TimeoutFailure) return null;
      throw error;
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

function called(proxy: Record<string, VerbActivity>, type: string): VerbActivity {
  const activity = proxy[type];
  if (activity === undefined) throw new TypeError(`no activity ${type}`);
  return activity;
}

/** A summary holds 400 bytes at most, on one line. */
function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function queueOf(inventory: Inventory, target: string): string | null {
  return targetOf(inventory, target)?.taskQueue ?? null;
}

/** The part of the inventory that a call needs: its target, the way there, and those its input names. */
function slice(inventory: Inventory, request: VerbRequest, facts: ActionFacts): Inventory {
  const hosts: Record<string, HostSpec> = {};
  const clusters: Record<string, Inventory['clusters'][string]> = {};
  const add = (name: string | null | undefined): void => {
    if (name === null || name === undefined) return;
    const found = targetOf(inventory, name);
    if (found === undefined || Object.hasOwn(hosts, name) || Object.hasOwn(clusters, name)) return;
    if (found.kind === 'host') {
      hosts[name] = found;
      add(found.via);
    } else {
      clusters[name] = found;
      add(found.via);
      add(found.controlPlane);
    }
  };
  add('local');
  add(request.target);
  for (const field of facts.targetFields) {
    const named = request.input[field];
    if (typeof named === 'string') add(named);
    if (Array.isArray(named)) for (const name of named) add(String(name));
  }
  return { hosts, clusters, groups: {} };
}

/** A regular activity's failure is wrapped, a local one's is not. */
function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? (error.cause ?? error) : error;
}

/** What an activity failed with, as the interpreter knows failures; cancellations stay what they are. */
export function asStepFailure(error: unknown, request: VerbRequest | null): unknown {
  if (isCancellation(error)) return error;
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure) {
    const [details] = (cause.details ?? []) as Failure[];
    return new StepFailure(
      details ?? { code: 'internal', message: cause.message, hint: null, class: 'permanent' },
    );
  }
  if (!(error instanceof ActivityFailure) && !(cause instanceof TimeoutFailure)) return error;
  const what = request === null ? 'the worker' : `${request.action} on ${request.target}`;
  return new StepFailure({
    code: cause instanceof TimeoutFailure ? 'step-timeout' : 'internal',
    message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: null,
    class: 'permanent',
  });
}
