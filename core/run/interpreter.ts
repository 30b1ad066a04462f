import type { Json } from '../json.js';
import type { Failure, RunRecord } from '../record.js';
import { HandOver, Interrupted } from './act.js';
import { unapprovable } from './approval.js';
import { refusal, type Decision, type Interruption } from './control.js';
import { decide } from './decide.js';
import type { Engine } from './engine.js';
import { fill } from './expression.js';
import { pendingSteps } from './frame.js';
import { checkGuards } from './guards.js';
import { observer } from './observe.js';
import { hasEnded, type EndedState } from './outcome.js';
import { goneReport, isAtWork } from './fleet.js';
import { ItemLife } from './item-life.js';
import { dismissItems, endItems, holdItems, tellItems } from './items-at-work.js';
import type { ItemOrder, ItemReport } from './items.js';
import { locksOf, take } from './locks.js';
import type { PlanLine } from './moved.js';
import { ask } from './people.js';
import { makePlan } from './plan.js';
import { exceeded, startProbes, type Probes } from './probes.js';
import type { Program } from './program.js';
import { putBack } from './put-back.js';
import { failureOf, Run, type RunState } from './run.js';
import { sequence } from './sequence.js';
import { firstAt, undo } from './undo.js';
import { leaseHeld, movedOn, verdict } from './verdict.js';

/** How a run was asked for. */
export interface RunOptions {
  /** Queue for leases that others hold, instead of being refused. */
  readonly wait: boolean;
  /** Refuse where a fresh plan has another hash. */
  readonly planHash: string | null;
  /** Steps of the plan with that hash, to tell by which a fresh one differs. */
  readonly planSteps?: readonly PlanLine[];
}

/** What {@link Interpreter.execute} ended with: the run is over, or goes on in a new history. */
export type Execution = 'ended' | 'hand-over';

/** The life of a run: leases, guards, steps, undo, finally, and the decisions of people in between. */
export class Interpreter {
  readonly #run: Run;
  readonly #options: RunOptions;
  readonly #item: ItemLife;

  constructor(program: Program, engine: Engine, state: RunState, options: RunOptions) {
    this.#run = new Run(program, engine, state);
    this.#run.observe = observer(this.#run);
    this.#item = new ItemLife(this.#run);
    this.#options = options;
  }

  get record(): RunRecord {
    return this.#run.record;
  }

  /** What a new history needs to go on. */
  state(): RunState {
    return this.#run.state();
  }

  /** Why a decision is plainly wrong now, or null. */
  refusal(decision: Decision): string | null {
    return refusal(this.record, decision, this.#run.control.paused);
  }

  /** The run of an item tells how it stands. */
  itemSaid(report: ItemReport): void {
    const run = this.#run;
    if (!run.record.steps.some(({ path }) => path === report.path)) return;
    run.emit({ type: 'item', report, at: run.engine.now() });
    run.itemReports += 1;
  }

  /** The run of an item is over. Where it did not say so itself, it was ended from outside. */
  itemGone(path: string): void {
    const run = this.#run;
    if (!run.record.steps.some((row) => row.path === path && isAtWork(row))) return;
    this.itemSaid(goneReport(run, path));
  }

  /** The run around this one, whose item it is, says what is to become of it. */
  order(order: ItemOrder): void {
    this.#item.take(order);
  }

  /** A person has taken a lease from the run: it pauses, and takes it again before it goes on. */
  leaseBroken(resource: string, by: string, reason: string): void {
    if (!(resource in this.#run.leases)) return;
    this.#run.brokenLeases.set(resource, Symbol(resource));
    const why = `took ${resource} from the run: ${reason}`;
    this.#run.hold(by, why);
    void tellItems(this.#run, 'pause', { by, reason: why });
  }

  /** Carries out a decision. @throws Refused with the reason, also where the step it is for refuses it */
  decide(decision: Decision): Promise<void> {
    return decide(this.#run, decision);
  }

  /** Runs to the end, or to a point where a new history is due. */
  async execute(): Promise<Execution> {
    const run = this.#run;
    try {
      let interruption = await this.#interruptible(() => this.#begin());
      if (hasEnded(this.record.state)) return 'ended';
      interruption = await this.#through(interruption);
      while (run.program.within !== undefined && !verdict(interruption).putBack) {
        const next = await this.#item.rest(interruption, (work) => this.#interruptible(work));
        if (next === 'finish') break;
        if (next === 'again') await this.#item.again();
        if (next === 'look') interruption = await this.#interruptible(() => this.#item.look());
        else interruption = next === 'again' ? null : next;
        if (next !== 'look' || interruption !== null)
          interruption = await this.#through(interruption);
      }
      await run.engine.shielded(() => this.#end(interruption));
    } catch (error) {
      if (error instanceof HandOver) return 'hand-over';
      // A fault of ours must not keep a lease or leave the run without an end.
      await run.engine.shielded(() => this.#close('stopped', failureOf(error)));
    }
    return 'ended';
  }

  /**
   * Puts back what a run that has ended has changed: the state is that run's. Where something has moved since it is
   * refused, unless by `force`.
   */
  async undoEnded(force: boolean): Promise<Execution> {
    const { engine } = this.#run;
    try {
      await engine.shielded(() => this.#putBack(force));
    } catch (error) {
      // A fault of ours must not keep a lease or leave the run without an end.
      await engine.shielded(() => this.#close('stopped', failureOf(error)));
    }
    return 'ended';
  }

  async #putBack(force: boolean): Promise<void> {
    const told = async (): Promise<boolean> => {
      const next = await this.#item.rest(null, (work) => this.#interruptible(work));
      return typeof next === 'object' && next.kind === 'undo';
    };
    const { state, failure } = await putBack(this.#run, { force, wait: this.#options.wait, told });
    await this.#close(state, failure);
  }

  /** The steps to their end, and again after they were put back in part. */
  async #through(begun: Interruption | null): Promise<Interruption | null> {
    const run = this.#run;
    let interruption = begun;
    while (interruption === null || interruption.kind === 'undo') {
      if (interruption === null) {
        const probes = startProbes(run, run.root);
        interruption = await this.#steps(probes);
        if (interruption === null) break;
      }
      if (interruption.kind !== 'undo' || interruption.downTo === null) break;
      interruption = await this.#partly(interruption.downTo);
    }
    return interruption;
  }

  async #steps(probes: Probes): Promise<Interruption | null> {
    const run = this.#run;
    run.emit({ type: 'running' });
    try {
      return await this.#interruptible(() => sequence(run, run.root, run.root.runbook.steps, true));
    } finally {
      await run.engine.shielded(() => probes.stop());
    }
  }

  /** Leases, the plan that was agreed upon, guards. Ends the run where one of them says no. */
  async #begin(): Promise<void> {
    const run = this.#run;
    const { engine, root, program } = run;
    if (run.stage === 'steps') return;
    if (run.record.steps.length === 0) {
      const { guards, steps } = root.runbook;
      run.emit({
        type: 'steps',
        after: null,
        steps: pendingSteps(program, root, [guards ?? [], steps, root.runbook.finally ?? []]),
      });
      if (root.target !== null) run.emit({ type: 'targets', targets: [root.target.name] });
    }
    const never = unapprovable(run);
    if (never !== null) {
      return this.#close('refused', {
        code: 'definition-invalid',
        message: never,
        hint: 'let somebody else start it, or ask more people; nothing was touched',
        class: 'permanent',
      });
    }
    const locks = locksOf(run, root);
    const queued = (): void =>
      run.emit({ type: 'queued', locks: locks.map(({ resource }) => resource) });
    const refused = await take(run, locks, 'run', this.#options.wait ? queued : null);
    if (refused.length > 0) return this.#close('refused', leaseHeld(refused));
    if (this.#options.planHash !== null) {
      const plan = await makePlan(program, engine, this.record);
      run.emit({ type: 'plan', hash: this.#options.planHash });
      if (plan.hash !== this.#options.planHash) {
        return this.#close(
          'refused',
          movedOn(this.#options.planHash, this.#options.planSteps, plan),
        );
      }
    }
    const broken = await checkGuards(run, root);
    if (broken !== null) {
      return this.#close('refused', {
        code: 'guard-failed',
        message: broken,
        hint: 'mend what the guards name, and start again; nothing was touched',
        class: 'permanent',
      });
    }
    run.stage = 'steps';
  }

  /** Undoes down to a step, then waits for what to do. */
  async #partly(downTo: string): Promise<Interruption | null> {
    const run = this.#run;
    const { engine } = run;
    run.undoing = true;
    run.emit({ type: 'undoing' });
    if (run.program.within !== undefined) await this.#item.relock();
    if (run.record.steps.some(isAtWork))
      await holdItems(run, `steps down to '${downTo}' are put back`);
    const complete = await engine.shielded(() => undo(run, downTo));
    run.undoing = false;
    if (!complete) return { kind: 'cancel', undo: false };
    run.emit({ type: 'running' });
    return this.#interruptible(async () => {
      await ask(
        run,
        {
          path: downTo,
          kind: 'park',
          message: `undone down to '${downTo}'; retry goes on from there`,
          verbs: ['retry', 'undo', 'cancel'],
        },
        async () => null,
      );
      const from = firstAt(run, downTo);
      for (const step of run.record.steps.slice(from)) {
        const kept = step.applied && !step.restored;
        run.emit({ type: 'step-reset', path: step.path, kept });
        if (!kept) run.forget(step.path);
      }
    });
  }

  /** Runs work that an interruption ends; answers the interruption, or null when the work was done. */
  async #interruptible(work: () => Promise<void>): Promise<Interruption | null> {
    const { engine, control } = this.#run;
    const cancellable = engine.cancellable(work);
    control.onInterrupt(() => cancellable.cancel());
    try {
      await cancellable.done;
      return control.taken();
    } catch (error) {
      if (!engine.isCancellation(error) && !(error instanceof Interrupted)) throw error;
      this.#halt();
      // A cancellation that nobody of ours has asked for comes from outside, such as the Web UI.
      return control.taken() ?? { kind: 'cancel', undo: false };
    } finally {
      control.onInterrupt(null);
    }
  }

  /** Nothing is at work any more. */
  #halt(): void {
    for (const { path, phase } of this.record.steps) {
      if (phase !== null) this.#run.emit({ type: 'step-halted', path });
    }
  }

  /** Undo where asked for, then `finally`, then the leases. */
  async #end(interruption: Interruption | null): Promise<void> {
    const run = this.#run;
    if (hasEnded(this.record.state)) return;
    const { state, failure, putBack } = verdict(interruption);
    let ended: EndedState = state;
    if (putBack) {
      run.undoing = true;
      run.emit({ type: 'undoing' });
      if (run.program.within !== undefined) await this.#item.relock();
      if (!(await undo(run, null))) ended = 'cancelled';
      run.undoing = false;
    }
    if (run.record.steps.some(isAtWork)) await endItems(run);
    run.ending = true;
    if (state !== 'refused' && run.stage === 'steps') {
      for (const frame of [...run.openCalls(), run.root]) {
        await sequence(run, frame, frame.runbook.finally ?? []);
      }
    }
    const lost = exceeded(run);
    const warning: Failure | null =
      lost === null
        ? null
        : { code: 'probe-failed', message: lost, hint: null, class: 'permanent' };
    await this.#close(ended, failure ?? warning);
  }

  async #close(state: EndedState, failure: Failure | null): Promise<void> {
    const run = this.#run;
    if (state === 'succeeded' && run.program.undoes === undefined) {
      try {
        const outputs = fill(run.root.runbook.outputs ?? {}, run.scope(run.root, null));
        run.emit({ type: 'outputs', outputs: outputs as Record<string, Json> });
      } catch (error) {
        failure ??= failureOf(error);
      }
    }
    const dismissed = dismissItems(run);
    if (dismissed !== undefined) await dismissed;
    await run.engine.release(Object.keys(run.leases));
    run.emit({ type: 'failure', failure });
    run.control.close('the run has ended');
    run.emit({ type: 'ended', state, at: run.engine.now() });
  }
}
