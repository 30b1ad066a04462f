import { AsyncLocalStorage } from 'node:async_hooks';
import type { Impact } from '../../core/action.js';
import type { Inventory } from '../../core/definition/inventory.js';
import { runbookSchema } from '../../core/definition/runbook.js';
import { canonical, sameJson, type Json, type JsonObject } from '../../core/json.js';
import type { RunRecord } from '../../core/record.js';
import type { Approvers } from '../../core/run/approvers.js';
import type { Decision } from '../../core/run/control.js';
import {
  StepFailure,
  type Cancellable,
  type Engine,
  type VerbAnswer,
  type VerbRequest,
} from '../../core/run/engine.js';
import { firstRecord } from '../../core/run/first.js';
import { localHost } from '../../core/run/frame.js';
import { reportOf, type ItemRequest, type ItemUndo } from '../../core/run/items.js';
import { Interpreter, type Execution, type RunOptions } from '../../core/run/interpreter.js';
import type { LeaseRefusal } from '../../core/run/locks.js';
import { expressed, stateToUndo } from '../../core/run/past.js';
import type { ActionFacts, Callee, Program } from '../../core/run/program.js';
import { hasEnded } from '../../core/run/outcome.js';
import type { RunEvent } from '../../core/run/reduce.js';
import type { RunState } from '../../core/run/run.js';

/** An action on a plain object: `before` is the value of one key. */
export interface FakeAction {
  readonly impact: Impact;
  readonly undo?: ActionFacts['undo'];
  readonly on?: 'host' | 'cluster';
  readonly slow?: boolean;
  readonly resource?: (input: JsonObject) => string;
  readonly drift: (world: World, input: JsonObject, target: string) => string | null;
  readonly before?: (world: World, input: JsonObject, target: string) => Json;
  readonly apply?: (world: World, input: JsonObject, target: string) => void;
  readonly restore?: (world: World, input: JsonObject, before: Json, target: string) => void;
  readonly output?: (world: World, input: JsonObject) => JsonObject;
}
export type World = Record<string, Json>;

class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

class Scope {
  cancelled = false;
  readonly #waiters = new Set<() => void>();
  cancel(): void {
    this.cancelled = true;
    for (const wake of this.#waiters) wake();
  }
  /** Rejects as soon as the scope is cancelled. */
  race<T>(work: Promise<T>): Promise<T> {
    if (this.cancelled) return Promise.reject(new Cancelled('cancelled'));
    return new Promise((resolve, reject) => {
      const wake = (): void => reject(new Cancelled('cancelled'));
      this.#waiters.add(wake);
      work.then(resolve, reject).finally(() => this.#waiters.delete(wake));
    });
  }
}

/** `set`: a key has a value. `is`: waits for a value. `note`: an irreversible change. */
export const plainActions: Readonly<Record<string, FakeAction>> = {
  'world.set': {
    impact: 'change',
    resource: (input) => `key/${String(input['key'])}`,
    drift: (world, { key, value }) =>
      sameJson(world[String(key)], value)
        ? null
        : `${String(key)}: ${canonical(world[String(key)])} → ${canonical(value)}`,
    before: (world, { key }) => world[String(key)] ?? null,
    apply: (world, { key, value }) => {
      world[String(key)] = value ?? null;
    },
    restore: (world, { key }, before) => {
      if (before === null) delete world[String(key)];
      else world[String(key)] = before;
    },
    output: (world, { key }) => ({ value: world[String(key)] ?? null }),
  },
  'world.is': {
    impact: 'read',
    drift: (world, { key, value }) =>
      sameJson(world[String(key)], value)
        ? null
        : `${String(key)} is ${canonical(world[String(key)])}`,
    output: (world, { key }) => ({ value: world[String(key)] ?? null }),
  },
  'world.burn': {
    impact: 'destroy',
    undo: 'irreversible',
    resource: (input) => `key/${String(input['key'])}`,
    drift: (world, { key }) =>
      world[String(key)] === 'ashes' ? null : `${String(key)} is not burnt`,
    apply: (world, { key }) => {
      world[String(key)] = 'ashes';
    },
  },
  'host.mark': {
    impact: 'disrupt',
    resource: () => 'mark',
    drift: (world, _input, target) =>
      world[`mark/${target}`] === true ? null : `${target} is not marked`,
    before: (world, _input, target) => world[`mark/${target}`] ?? null,
    apply: (world, _input, target) => {
      world[`mark/${target}`] = true;
    },
    restore: (world, _input, _before, target) => {
      delete world[`mark/${target}`];
    },
  },
};

function factsOf(name: string, action: FakeAction): ActionFacts {
  return {
    name,
    summary: name,
    impact: action.impact,
    on: action.on ?? 'host',
    slow: action.slow ?? false,
    timeoutMs: 60_000,
    settle: { timeoutMs: 10_000, everyMs: 1000 },
    undo: action.undo ?? 'reversible',
    targetFields: [],
    probe: action.impact === 'read',
  };
}

/** State of a run that has not begun, but for its record. */
const freshState: Omit<RunState, 'progress'> = {
  stage: 'locks',
  ledger: [],
  edited: {},
  callees: {},
  leases: {},
  keptLeases: [],
  paused: false,
};

const emptyInventory: Inventory = { hosts: { local: localHost }, clusters: {}, groups: {} };

export interface Setting {
  readonly world?: World;
  readonly actions?: Readonly<Record<string, FakeAction>>;
  readonly inputs?: JsonObject;
  readonly inventory?: Inventory;
  readonly runbooks?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<RunOptions>;
  readonly holders?: readonly LeaseRefusal[];
  /** Called before each verb: throw to fail it, `lost` in the answer to pretend that a worker died. */
  readonly before?: (request: VerbRequest, world: World) => void | Promise<void>;
  /** Verbs at work are waited for when they are cancelled, as those are whose worker has to say so, or is gone. */
  readonly deaf?: boolean;
  readonly tries?: (request: VerbRequest) => number;
  readonly newHistoryAfter?: number;
  /** Who may approve; approvals are bound to plans where it is there. */
  readonly approvers?: Approvers;
  /** For a run that puts back what another one had changed. */
  readonly undoes?: Program['undoes'];
}

/** A run in memory, with a clock of its own: no Temporal, no waiting. */
export class MemoryRun {
  readonly world: World;
  readonly events: RunEvent[] = [];
  readonly requests: VerbRequest[] = [];
  readonly released: string[][] = [];
  /** Leases that were asked for, with their mode. */
  readonly claims: string[] = [];
  readonly interpreter: Interpreter;
  readonly program: Program;
  readonly engine: Engine;
  execution: Promise<Execution> | null = null;
  /** Runs of items, by id. */
  readonly children = new Map<string, Interpreter>();
  /** Ids of the runs of items, as they were begun. */
  readonly begun: string[] = [];
  readonly #programs = new Map<string, Program>();
  #heir: MemoryRun | null = null;
  #forebear: MemoryRun | null = null;
  #clock = Date.parse('2026-01-01T00:00:00.000Z');
  readonly #root = new Scope();
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #timers: { at: number; wake: () => void }[] = [];
  readonly #conditions = new Set<() => void>();
  readonly #setting: Setting;
  readonly #actions: Readonly<Record<string, FakeAction>>;

  constructor(definition: Record<string, unknown>, setting: Setting = {}, state?: RunState) {
    this.world = setting.world ?? {};
    this.#setting = setting;
    this.#actions = { ...plainActions, ...setting.actions };
    const runbook = runbookSchema.parse({ apiVersion: 'runbook/v1', name: 'test', ...definition });
    this.program = {
      runbook,
      inputs: (setting.inputs as Program['inputs']) ?? {},
      actions: Object.fromEntries(
        Object.entries(this.#actions).map(([name, action]) => [name, factsOf(name, action)]),
      ),
      inventory: setting.inventory ?? emptyInventory,
      paths: {},
      project: {},
      files: {},
      ...(setting.approvers === undefined ? {} : { approvers: setting.approvers }),
      ...(setting.undoes === undefined ? {} : { undoes: setting.undoes }),
    };
    this.engine = this.#engine();
    this.interpreter = new Interpreter(
      this.program,
      this.engine,
      state ?? {
        ...freshState,
        progress: { doing: 'resolving', record: emptyRecord(runbook.name, this.program.inputs) },
      },
      { wait: false, planHash: null, ...setting.options },
    );
  }

  get record(): RunRecord {
    return this.interpreter.record;
  }

  outcomes(): Record<string, string | null> {
    return Object.fromEntries(this.record.steps.map((step) => [step.path, step.outcome]));
  }

  /** Decides, and lets the run take it in. */
  async decide(verb: Decision['verb'], more: Partial<Decision> = {}): Promise<void> {
    const taken = this.interpreter.decide({
      verb,
      step: null,
      by: 'ann',
      reason: 'because',
      ...more,
    });
    await Promise.race([taken.catch(() => undefined), this.idle()]);
    return taken;
  }

  /** The same run in a new history: its items are there still, and tell it how they stand. */
  goOn(definition: Record<string, unknown>, setting: Setting = {}): MemoryRun {
    const heir = new MemoryRun(
      definition,
      { ...setting, world: this.world },
      this.interpreter.state(),
    );
    this.#heir = heir;
    heir.#forebear = this;
    for (const [id, child] of this.children) heir.children.set(id, child);
    return heir;
  }

  /** A run that puts back what this one, which has ended, has changed; its execution has begun. */
  undone(definition: Record<string, unknown>, force = false, setting: Setting = {}): MemoryRun {
    const { record } = this;
    const state = stateToUndo(this.interpreter.state(), {
      run: `${record.run}-undo-1`,
      user: 'eve',
      startedAt: record.startedAt,
    });
    const undoes = { of: expressed(record), from: record.run };
    const next = new MemoryRun(definition, { world: this.world, undoes, ...setting }, state);
    for (const [id, child] of this.children) next.children.set(id, child);
    for (const [id, program] of this.#programs) next.#programs.set(id, program);
    next.execution = next.interpreter.undoEnded(force);
    return next;
  }

  /** Decides over the run of an item, and lets it take that in. */
  async decideIn(child: string, verb: Decision['verb'], reason = 'because'): Promise<void> {
    const found = this.children.get(child);
    if (found === undefined) throw new TypeError(`no run '${child}'`);
    const taken = found.decide({ verb, step: null, by: 'ann', reason });
    await Promise.race([taken.catch(() => undefined), this.idle()]);
    return taken;
  }

  /** Runs until it ends or waits for a person; time passes by itself. Called again, it goes on. */
  async execute(): Promise<RunRecord> {
    this.execution ??= this.interpreter.execute();
    const end = { reached: false };
    const watch = (): void => {
      end.reached = true;
    };
    this.execution.then(watch, watch);
    await this.idle();
    while (!end.reached && (await this.step())) await this.idle();
    if (end.reached) await this.execution;
    return this.record;
  }

  /** Lets everything that can go on go on; then lets the next timer ring. False when nothing waits for time. */
  async step(): Promise<boolean> {
    await this.idle();
    const next = this.#timers.sort((a, b) => a.at - b.at).shift();
    if (next === undefined) return false;
    this.#clock = Math.max(this.#clock, next.at);
    next.wake();
    await this.idle();
    return true;
  }

  async idle(): Promise<void> {
    await this.#forebear?.idle();
    for (let i = 0; i < 60; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const check of this.#conditions) check();
    }
  }

  /** Cancels as the Web UI would: from outside, without a decision. */
  cancelFromOutside(): void {
    this.#root.cancel();
  }

  get #scope(): Scope {
    return this.#scopes.getStore() ?? this.#root;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ring(ms, resolve));
  }

  #ring(ms: number, wake: () => void): void {
    this.#timers.push({ at: this.#clock + ms, wake });
  }

  #engine(): Engine {
    const now = (): string => new Date(this.#clock).toISOString();
    return {
      now,
      sleep: (ms) => this.#scope.race(this.#wait(ms)),
      until: (condition, ms) => {
        const scope = this.#scope;
        return scope.race(
          new Promise<boolean>((resolve) => {
            const check = (): void => {
              if (!condition()) return;
              this.#conditions.delete(check);
              resolve(true);
            };
            this.#conditions.add(check);
            check();
            if (ms !== undefined) {
              this.#ring(ms, () => {
                this.#conditions.delete(check);
                resolve(false);
              });
            }
          }),
        );
      },
      perform: (request) => {
        const scope = this.#scope;
        const answer = this.#perform(request, scope);
        const waits = request.verb === 'probe' || this.#setting.deaf === true;
        return waits ? answer : scope.race(answer);
      },
      problemsOfInput: async (_action, input) =>
        'value' in input && input['value'] === 'bad' ? ['value: is bad'] : [],
      problemsOfOutput: async (_action, output) => ('value' in output ? [] : ['value: is missing']),
      callee: async (name, inputs) => {
        const found = this.#setting.runbooks?.[name];
        if (found === undefined) {
          throw new StepFailure({
            code: 'not-found',
            message: `no runbook '${name}'`,
            hint: null,
            class: 'permanent',
          });
        }
        const runbook = runbookSchema.parse({
          apiVersion: 'runbook/v1',
          name,
          ...(found as object),
        });
        const facts = Object.fromEntries(
          Object.entries(this.#actions).map(([n, a]) => [n, factsOf(n, a)]),
        );
        return { runbook, inputs: inputs as Callee['inputs'], actions: facts, files: {} };
      },
      verifySignature: async ({ text, signature, signers, allowedSigners }) =>
        signers.some((one) => allowedSigners.includes(one) && signature === `${one} signed ${text}`)
          ? { key: 'SHA256:key' }
          : { problem: 'not a signature of this vote' },
      planHash: async (plan) => canonical(plan),
      acquire: async (wishes, queued) => {
        this.claims.push(...wishes.map(({ resource, mode }) => `${mode} ${resource}`));
        const refused = (this.#setting.holders ?? []).filter(({ resource }) =>
          wishes.some((wish) => wish.resource === resource),
        );
        const [first] = refused;
        if (first !== undefined && queued !== null) {
          queued(first);
          await this.#scope.race(this.#wait(5000));
          return [];
        }
        return refused;
      },
      release: async (resources) => void this.released.push([...resources]),
      startItem: async (request) => this.#startItem(request),
      startItemUndo: async (request) => this.#startItemUndo(request),
      tellItem: async (run, order) => {
        const child = this.children.get(run);
        if (child === undefined || hasEnded(child.record.state)) return false;
        child.order(order);
        return true;
      },
      cancellable: <T>(work: () => Promise<T>): Cancellable<T> => {
        const outer = this.#scope;
        const inner = new Scope();
        if (outer.cancelled) inner.cancel();
        const undoable = outer.race(new Promise<never>(() => {}));
        undoable.catch(() => inner.cancel());
        return { done: this.#scopes.run(inner, work), cancel: () => inner.cancel() };
      },
      shielded: (work) => this.#scopes.run(new Scope(), work),
      isCancellation: (error) => error instanceof Cancelled,
      publish: (_record, event) => void this.events.push(event),
      wantsNewHistory: () => {
        const after = this.#setting.newHistoryAfter;
        return after !== undefined && this.requests.length >= after;
      },
    };
  }

  /** The run of an item: another interpreter on the same world and clock. */
  #startItem({ id, runbook, files, within }: ItemRequest): void {
    const program: Program = {
      ...this.program,
      runbook,
      inputs: within.inputs,
      files,
      within: { ...within, fences: [] },
    };
    const record = { ...emptyRecord(runbook.name, program.inputs), run: id, parent: within.run };
    const state = { ...freshState, progress: { doing: 'resolving' as const, record } };
    this.#join(id, program, state, (child) => child.execute());
  }

  /** The run that puts back what the run of an item had changed. */
  #startItemUndo({ id, run: around, from, path, root, force }: ItemUndo): void {
    const program = this.#programs.get(from);
    const old = this.children.get(from);
    if (program?.within === undefined || old === undefined) throw failure(`nothing of ${from}`);
    const within = { ...program.within, run: around, root, path };
    const undoes = { of: program.undoes?.of ?? expressed(old.record), from };
    const { startedAt } = old.record;
    const by = { run: id, parent: around, user: 'eve', startedAt };
    const state = stateToUndo(old.state(), by);
    this.#join(id, { ...program, within, undoes }, state, (child) => child.undoEnded(force));
  }

  #join(
    id: string,
    program: Program,
    state: RunState,
    execute: (child: Interpreter) => Promise<unknown>,
  ): void {
    const { within } = program;
    if (within === undefined) throw new TypeError(`${id} is no item`);
    let told = '';
    const tell = (record: RunRecord, again: boolean): void => {
      const report = reportOf(record, within.path);
      const text = canonical(report);
      if (text === told && !again) return;
      told = text;
      (this.children.get(within.run) ?? (this.#heir ?? this).interpreter).itemSaid(report);
    };
    const engine: Engine = {
      ...this.engine,
      wantsNewHistory: () => false,
      publish: (record, event) => {
        this.events.push(event);
        queueMicrotask(() => tell(record, event.type === 'done'));
      },
    };
    const child = new Interpreter(program, engine, state, { wait: true, planHash: null });
    this.children.set(id, child);
    this.#programs.set(id, program);
    this.begun.push(id);
    void this.#scopes.run(new Scope(), () => execute(child));
  }

  async #perform(request: VerbRequest, scope: Scope): Promise<VerbAnswer> {
    this.requests.push(request);
    const action = this.#actions[request.action];
    if (action === undefined) throw new Error(`no fake action ${request.action}`);
    const { input, target } = request;
    await new Promise((resolve) => setImmediate(resolve));
    await this.#setting.before?.(request, this.world);
    const look = (): VerbAnswer => ({
      drift: action.drift(this.world, input, target),
      before: action.before?.(this.world, input, target) ?? null,
      output: action.output?.(this.world, input) ?? {},
      resource: action.resource?.(input) ?? null,
      tries: this.#setting.tries?.(request) ?? 1,
    });
    switch (request.verb) {
      case 'check':
        return look();
      case 'apply':
        action.apply?.(this.world, input, target);
        return look();
      case 'undo':
        action.restore?.(this.world, input, request.before, target);
        return look();
      case 'verify': {
        const end = this.#clock + request.settle.timeoutMs;
        for (;;) {
          const answer = look();
          if (answer.drift === null) return answer;
          if (this.#clock >= end) {
            throw new StepFailure({
              code: 'wait-timeout',
              message: answer.drift,
              hint: null,
              class: 'permanent',
            });
          }
          await scope.race(this.#wait(request.settle.everyMs));
        }
      }
      case 'probe': {
        let sent = 0;
        let failed = 0;
        while (!scope.cancelled) {
          sent += 1;
          if (look().drift !== null) failed += 1;
          await scope.race(this.#wait(100)).catch(() => undefined);
        }
        return {
          ...look(),
          probe: { sent, failed, longestGapMs: failed * 100, lastFailure: null },
        };
      }
    }
  }
}

/** Fails a verb of a step in the way of a tool. */
export function failure(
  message: string,
  kind: 'transient' | 'permanent' = 'permanent',
): StepFailure {
  return new StepFailure({ code: 'command-failed', message, hint: null, class: kind });
}

export function emptyRecord(name: string, inputs: Program['inputs']): RunRecord {
  const runbook = { apiVersion: 'runbook/v1' as const, name, steps: [] };
  const asked = { runbook, inputs, user: 'ann', planHash: null, definitionHash: 'x' };
  return firstRecord('test-1', asked, '2026-01-01T00:00:00.000Z');
}
