import { PermanentError } from '../../core/errors.js';
import type { LocalBeginning } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import { Interpreter } from '../../core/run/interpreter.js';
import { reportOf, type ItemOrder, type ItemRequest, type ItemUndo } from '../../core/run/items.js';
import type { Fence } from '../../core/run/lease.js';
import { hasEnded } from '../../core/run/outcome.js';
import { expressed, stateToUndo, type ItemPast } from '../../core/run/past.js';
import type { Program } from '../../core/run/program.js';
import { surroundings } from '../../core/run/request.js';
import type { RunState } from '../../core/run/run.js';
import { Teller } from '../../core/run/telling.js';
import { LocalEngine, type Household, type World } from './engine.js';
import { firstState } from '../../core/run/first.js';
import { firstLocalRecord } from './first.js';
import type { Kernel } from './kernel.js';
import { LocalNotifier } from './notifier.js';

/** One run of the family: that which everything began with, or that of an item. */
interface Member {
  readonly program: Program;
  readonly interpreter: Interpreter;
  readonly engine: LocalEngine;
  /** Path of the item; null for the run that everything began with. */
  readonly path: string | null;
  /** Run around it. */
  readonly around: string | null;
  /** What it has told the run around it last. */
  told: string;
  over: Promise<void>;
}

/**
 * A run with those of the items of its fleets, all in one process: each has an interpreter of its own, and what one
 * tells another is heard at once.
 */
export class Family implements Household {
  /** True where a record has changed since this was last asked. */
  changed = true;
  readonly #members = new Map<string, Member>();
  readonly #kernel: Kernel;
  readonly #begin: LocalBeginning;
  readonly #world: (run: string) => World;
  #notifier: LocalNotifier | null = null;

  constructor(kernel: Kernel, begin: LocalBeginning, world: (run: string) => World) {
    this.#kernel = kernel;
    this.#begin = begin;
    this.#world = world;
  }

  /** The run that everything begins with. */
  root(run: string, program: Program, state: RunState): Interpreter {
    const { wait, planHash, planSteps, notify = [], project } = this.#begin.request;
    const world = this.#world(run);
    const engine = new LocalEngine(this.#kernel, world, this);
    const teller = new Teller(notify, project['name'] ?? '', state.progress.record);
    this.#notifier = new LocalNotifier(this.#kernel, teller, (...told) => world.tell(...told));
    const options = { wait, planHash, ...(planSteps === undefined ? {} : { planSteps }) };
    const interpreter = new Interpreter(program, engine, state, options);
    const over = Promise.resolve();
    const alone = { path: null, around: null, told: '', over };
    this.#members.set(run, { program, interpreter, engine, ...alone });
    return interpreter;
  }

  /** A run of the family; null where there is none of this id. */
  find(run: string): Interpreter | null {
    return this.#members.get(run)?.interpreter ?? null;
  }

  /** Records of the runs of items, in the order in which they were begun. */
  items(): RunRecord[] {
    return [...this.#members.values()]
      .filter(({ path }) => path !== null)
      .map(({ interpreter }) => interpreter.record);
  }

  /** Until the runs of all items are over, and people know of it; those of which nothing more will be asked are told so. */
  async ended(): Promise<void> {
    for (const { interpreter, over } of this.#members.values()) {
      if (interpreter.record.state === 'done')
        interpreter.order({ order: 'finish', by: '', reason: '' });
      await over;
    }
    await this.#notifier?.handedOver();
  }

  /** What the runs of items were, by their ids, as another run needs it that puts their changes back. */
  past(): Record<string, ItemPast> {
    return Object.fromEntries(
      [...this.#members].flatMap(([run, { program, interpreter }]) => {
        const { runbook, files, inputs, actions, within, undoes } = program;
        if (within === undefined) return [];
        const resume = { state: interpreter.state(), inputs, actions };
        const item = { runbook, files, bound: within.bound, undoes: undoes?.of ?? null, resume };
        return [[run, item] as const];
      }),
    );
  }

  startItem({ id, runbook, files, within }: ItemRequest, fences: readonly Fence[]): void {
    const { request } = this.#begin;
    const { actions, inputs } = within;
    const program: Program = {
      ...surroundings(request),
      runbook,
      files,
      inputs,
      actions,
      within: { ...within, fences },
    };
    const asked = { ...request, runbook, inputs };
    const first = firstLocalRecord(id, { ...this.#begin, request: asked });
    const startedAt = this.#kernel.at;
    const record: RunRecord = { ...first, parent: within.run, startedAt, planHash: null };
    this.#join(id, program, firstState(record, fences), (one) => one.execute());
  }

  startItemUndo(
    { id, run: around, from, path, root, force }: ItemUndo,
    fences: readonly Fence[],
  ): void {
    const { items, request, reason, host } = this.#begin;
    const past = items?.[from];
    if (past === undefined)
      throw new PermanentError('not-found', `nothing is known of run ${from}`);
    const { runbook, files, bound, undoes, resume } = past;
    const { inputs, actions } = resume;
    const program: Program = {
      ...surroundings(request),
      runbook,
      files,
      inputs,
      actions,
      within: { run: around, root, path, bound, inputs, actions, fences },
      undoes: { of: undoes ?? expressed(resume.state.progress.record), from },
    };
    const state = stateToUndo(resume.state, {
      run: id,
      parent: around,
      user: request.user,
      startedAt: this.#kernel.at,
      lent: fences,
      local: { reason, host },
    });
    this.#join(id, program, state, (one) => one.undoEnded(force));
  }

  /** Begins the run of an item. */
  #join(
    id: string,
    program: Program,
    state: RunState,
    execute: (interpreter: Interpreter) => Promise<unknown>,
  ): void {
    const there = this.#members.get(id);
    const { within } = program;
    // Begun before, and at work: then all is well.
    if (there !== undefined && !hasEnded(there.interpreter.record.state)) return;
    if (within === undefined) throw new TypeError(`${id} is no item`);
    const world = this.#world(id);
    const engine = new LocalEngine(this.#kernel, world, this, within.fences);
    const interpreter = new Interpreter(program, engine, state, { wait: true, planHash: null });
    const member: Member = {
      program,
      interpreter,
      engine,
      path: within.path,
      around: within.run,
      told: JSON.stringify(reportOf(state.progress.record, within.path)),
      over: Promise.resolve(),
    };
    this.#members.set(id, member);
    member.over = this.#kernel.shielded(() => this.#live(interpreter, world, execute));
  }

  async #live(
    interpreter: Interpreter,
    world: World,
    execute: (interpreter: Interpreter) => Promise<unknown>,
  ): Promise<void> {
    await execute(interpreter);
    const { record } = interpreter;
    await this.#kernel.ask({
      what: `archive ${record.run}`,
      path: null,
      effect: 'none',
      work: () => world.archive(record),
    });
  }

  tellItem(run: string, order: ItemOrder): boolean {
    const member = this.#members.get(run);
    if (member === undefined || hasEnded(member.interpreter.record.state)) return false;
    member.engine.lend(order.fences ?? []);
    member.interpreter.order(order);
    return true;
  }

  said(record: RunRecord, again: boolean): void {
    this.changed = true;
    // Items wait in the record of the run around them, too.
    if (this.#members.get(record.run)?.path === null) this.#notifier?.see(record);
    // Told when the teller has said all that it has to say at once.
    queueMicrotask(() => this.#report(record, again));
  }

  #report(record: RunRecord, again: boolean): void {
    const member = this.#members.get(record.run);
    if (member === undefined || member.path === null || member.around === null) return;
    const report = reportOf(record, member.path);
    const text = JSON.stringify(report);
    if (text === member.told && !again) return;
    member.told = text;
    this.#members.get(member.around)?.interpreter.itemSaid(report);
  }
}
