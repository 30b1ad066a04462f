import type { Json } from '../json.js';
import type { Failure, Plan, RunRecord } from '../record.js';
import { HandOver, Interrupted } from './act.js';
import { unapprovable } from './approval.js';
import { addressee, refusal, type Decision, type Interruption } from './control.js';
import { keepEarly } from './early.js';
import type { Engine } from './engine.js';
import { fill } from './expression.js';
import { pendingSteps } from './frame.js';
import { checkGuards } from './guards.js';
import { observer } from './observe.js';
import { hasEnded, type EndedState } from './outcome.js';
import { goneReport, isAtWork, tell } from './fleet.js';
import type { ItemOrder, ItemReport } from './items.js';
import { isHold } from './lease.js';
import { locksOf, refusalText, take, type LeaseRefusal } from './locks.js';
import { movedWords, type PlanLine } from './moved.js';
import { movedSince } from './moved-since.js';
import { ask } from './people.js';
import { makePlan } from './plan.js';
import { exceeded, startProbes, type Probes } from './probes.js';
import type { Program } from './program.js';
import { failureOf, Run, type RunState } from './run.js';
import { sequence } from './sequence.js';
import { firstAt, undo } from './undo.js';
import { isEarly } from './votes.js';

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
  /** What the run around this one has said and was not yet done. */
  readonly #orders: ('finish' | 'again')[] = [];
  /** True while an item is through, and waits for what is to become of it. */
  #resting = false;

  constructor(program: Program, engine: Engine, state: RunState, options: RunOptions) {
    this.#run = new Run(program, engine, state);
    this.#run.observe = observer(this.#run);
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
  order({ order, by, reason }: ItemOrder): void {
    const { control, undoing, engine } = this.#run;
    const note = (verb: 'resume' | 'undo' | 'cancel'): void =>
      this.#run.emit({
        type: 'decision',
        decision: { at: engine.now(), by, verb, step: null, reason },
      });
    switch (order) {
      case 'pause':
        if (!control.paused && !this.#resting && !undoing) this.#run.hold(by, reason);
        return;
      case 'resume':
        if (!control.paused) return;
        control.paused = false;
        note('resume');
        return;
      case 'ping':
        return;
      case 'again':
      case 'finish':
        this.#orders.push(order);
        return;
      case 'undo':
        if (undoing) return;
        note('undo');
        control.interrupt({ kind: 'undo', downTo: null });
        return;
      case 'cancel': {
        this.#orders.push('finish');
        if (this.#resting) return;
        note('cancel');
        const parked = this.record.waitingFor.find(({ verbs }) => verbs.includes('cancel'));
        if (!undoing) control.interrupt({ kind: 'cancel', undo: false });
        else if (parked !== undefined)
          control.deliver(parked.path, {
            decision: { verb: 'cancel', step: parked.path, by, reason },
            accept: () => {},
            refuse: () => {},
          });
      }
    }
  }

  /** A person has taken a lease from the run: it pauses, and takes it again before it goes on. */
  leaseBroken(resource: string, by: string, reason: string): void {
    if (!(resource in this.#run.leases)) return;
    this.#run.brokenLeases.add(resource);
    const why = `took ${resource} from the run: ${reason}`;
    this.#run.hold(by, why);
    void this.#tellItems('pause', { by, reason: why });
  }

  /** Says something to the runs of all items that are at work. Synchronous where there are none. */
  #tellItems(
    order: ItemOrder['order'],
    { by, reason }: { readonly by: string; readonly reason: string },
  ): void | Promise<void> {
    const busy = this.record.steps.filter(isAtWork);
    if (busy.length === 0) return undefined;
    const said = busy.map(({ path }) => tell(this.#run, path, order, reason, by));
    return (async () => void (await Promise.all(said)))();
  }

  /** Carries out a decision. Rejects with the reason where the step it is for refuses it. */
  async decide(decision: Decision): Promise<void> {
    const { control, engine } = this.#run;
    const wrong = this.refusal(decision);
    if (wrong !== null) throw new Refused(wrong);
    const note = (): void =>
      this.#run.emit({
        type: 'decision',
        decision: {
          at: engine.now(),
          by: decision.by,
          verb: decision.verb,
          step: decision.step,
          reason: decision.reason,
        },
      });
    switch (decision.verb) {
      case 'pause':
        control.paused = true;
        note();
        return this.#tellItems('pause', decision);
      case 'resume':
        control.paused = false;
        note();
        return this.#tellItems('resume', decision);
      case 'undo':
        if (this.#run.undoing) throw new Refused('the run is being undone already');
        if (this.#run.ending) throw new Refused(atItsEnd);
        note();
        control.interrupt({ kind: 'undo', downTo: decision.step });
        return;
      case 'cancel': {
        const parked = this.#run.undoing
          ? this.record.waitingFor.find((waiting) => waiting.verbs.includes('cancel'))
          : undefined;
        if (this.#run.undoing && parked === undefined) {
          throw new Refused('the run is being undone; it can be cancelled when it parks');
        }
        if (parked !== undefined) return this.#deliver(parked.path, decision);
        if (this.#run.ending) throw new Refused(atItsEnd);
        note();
        control.interrupt({ kind: 'cancel', undo: decision.undo ?? false });
        return;
      }
      default: {
        if (decision.step !== null && isEarly(this.record, decision)) {
          const problem = await keepEarly(this.#run, decision.step, decision);
          if (problem !== null) throw new Refused(problem);
          return;
        }
        const found = addressee(this.record, decision);
        if (typeof found === 'string') throw new Refused(found);
        return this.#deliver(found.path, decision);
      }
    }
  }

  #deliver(path: string, decision: Decision): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#run.control.deliver(path, {
        decision,
        accept: resolve,
        refuse: (reason) => reject(new Refused(reason)),
      });
    });
  }

  /** Runs to the end, or to a point where a new history is due. */
  async execute(): Promise<Execution> {
    const run = this.#run;
    try {
      let interruption = await this.#interruptible(() => this.#begin());
      if (hasEnded(this.record.state)) return 'ended';
      interruption = await this.#through(interruption);
      while (run.program.within !== undefined && !verdict(interruption).putBack) {
        const next = await this.#rest(interruption);
        if (next === 'finish') break;
        if (next === 'again') await this.#again();
        interruption = await this.#through(next === 'again' ? null : next);
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
    const run = this.#run;
    const locks = run.frames().flatMap((frame) => locksOf(run, frame));
    const queued = (): void =>
      run.emit({ type: 'queued', locks: locks.map(({ resource }) => resource) });
    const refused = await take(run, locks, 'run', this.#options.wait ? queued : null);
    if (refused.length > 0) return this.#close('refused', leaseHeld(refused));
    run.undoing = true;
    run.emit({ type: 'undoing' });
    const since = force ? [] : await movedSince(run);
    if (since.length > 0) {
      return this.#close('refused', {
        code: 'moved-on',
        message: `not as the run has left it: ${since.join('; ')}`,
        hint: 'look what has changed it; --force puts back all the same. Nothing was touched',
        class: 'permanent',
      });
    }
    const complete = await undo(run, null);
    await this.#close(complete ? 'succeeded' : 'cancelled', null);
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

  /**
   * An item is through, well or not. It gives its leases back, and stays until nothing more can be asked of
   * it: until then it can be put back, or begun again.
   */
  async #rest(interruption: Interruption | null): Promise<'finish' | 'again' | Interruption> {
    const run = this.#run;
    const { state, failure } = verdict(interruption);
    // Those of the run around it are not its own to give back.
    const lent = new Set(run.program.within?.fences.map(({ resource }) => resource));
    const own = Object.keys(run.leases).filter((resource) => !lent.has(resource));
    await run.engine.shielded(() => run.engine.release(own));
    for (const resource of own) {
      delete run.leases[resource];
      run.keptLeases.delete(resource);
    }
    const last = this.record.decisions.at(-1);
    const why =
      last === undefined ? '' : ` by ${last.by}${last.reason === '' ? '' : `: ${last.reason}`}`;
    run.emit({
      type: 'failure',
      failure:
        failure ??
        (state === 'succeeded'
          ? null
          : { code: 'item-failed', message: `${state}${why}`, hint: null, class: 'permanent' }),
    });
    run.emit({ type: 'done' });
    this.#resting = true;
    const asked = await this.#interruptible(async () => {
      await run.engine.until(() => this.#orders.length > 0);
    });
    this.#resting = false;
    if (asked === null) return this.#orders.shift() ?? 'finish';
    return asked.kind === 'undo' ? asked : 'finish';
  }

  /** Takes the leases again that were given back, and begins anew what has failed. */
  async #again(): Promise<void> {
    const run = this.#run;
    await this.#lock();
    run.emit({ type: 'failure', failure: null });
    for (const { path, outcome, applied, restored } of run.record.steps) {
      if (outcome !== 'failed') continue;
      const kept = applied && !restored;
      run.emit({ type: 'step-reset', path, kept });
      if (!kept) run.forget(path);
    }
  }

  /** Waits for the leases that an item has given back when it was through; for nothing where it has changed nothing. */
  async #relock(): Promise<void> {
    const run = this.#run;
    if (run.record.steps.some(({ applied, restored }) => applied && !restored)) await this.#lock();
  }

  async #lock(): Promise<void> {
    const run = this.#run;
    const locks = locksOf(run, run.root);
    await run.engine.shielded(() =>
      take(run, locks, 'run', () =>
        run.emit({ type: 'queued', locks: locks.map(({ resource }) => resource) }),
      ),
    );
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
    if (run.program.within !== undefined) await this.#relock();
    if (run.record.steps.some(isAtWork))
      await this.#holdItems(`steps down to '${downTo}' are put back`);
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
      if (run.program.within !== undefined) await this.#relock();
      if (!(await undo(run, null))) ended = 'cancelled';
      run.undoing = false;
    }
    if (run.record.steps.some(isAtWork)) await this.#endItems();
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

  /** Items that are at work hold before their next step, until the run goes on. */
  async #holdItems(reason: string): Promise<void> {
    const run = this.#run;
    for (const { path } of run.record.steps.filter(isAtWork)) run.heldItems.add(path);
    await this.#tellItems('pause', { by: run.record.startedBy, reason });
  }

  /** Ends the items that are still at work; what `finally` says comes after them. */
  async #endItems(): Promise<void> {
    const run = this.#run;
    const busy = run.record.steps.filter(isAtWork);
    await this.#tellItems('cancel', { by: run.record.startedBy, reason: 'the run around it ends' });
    await run.engine.until(() => busy.every(({ path }) => run.step(path).outcome !== null));
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
    const items = run.record.steps.filter(
      ({ kind, applied, restored }) => kind === 'item' && applied && !restored,
    );
    if (items.length > 0)
      await Promise.all(items.map(({ path }) => tell(run, path, 'finish', 'the run has ended')));
    await run.engine.release(Object.keys(run.leases));
    run.emit({ type: 'failure', failure });
    run.control.close('the run has ended');
    run.emit({ type: 'ended', state, at: run.engine.now() });
  }
}

const atItsEnd = 'the run is at its end: retry or skip the step that is left';

/** Why a run is refused whose leases others have. */
function leaseHeld(refused: readonly LeaseRefusal[]): Failure {
  const [first] = refused;
  return {
    code: 'lease-held',
    message: refusalText(refused),
    hint:
      first === undefined || isHold(first.holder)
        ? 'wait for it with --wait; runbook leases shows who has what'
        : `wait for it with --wait, or look at it: runbook status ${first.holder.run}`,
    class: 'permanent',
  };
}

/** What an interruption makes of a run. */
function verdict(interruption: Interruption | null): {
  state: EndedState;
  failure: Failure | null;
  putBack: boolean;
} {
  switch (interruption?.kind) {
    case undefined:
      return { state: 'succeeded', failure: null, putBack: false };
    case 'refuse':
      return { state: 'refused', failure: interruption.failure, putBack: false };
    case 'stop':
      return { state: 'stopped', failure: interruption.failure, putBack: false };
    case 'undo-after-failure':
      return { state: 'undone', failure: interruption.failure, putBack: true };
    case 'undo':
      return { state: 'undone', failure: null, putBack: true };
    case 'cancel':
      return interruption.undo
        ? { state: 'undone', failure: null, putBack: true }
        : { state: 'cancelled', failure: null, putBack: false };
  }
}

function movedOn(hash: string, was: readonly PlanLine[] | undefined, plan: Plan): Failure {
  const what = was === undefined ? '' : `; moved: ${movedWords(was, plan.steps)}`;
  return {
    code: 'plan-changed',
    message: `the live state is no longer that of plan ${hash.slice(0, 12)}: a fresh plan has ${plan.hash.slice(0, 12)}${what}`,
    hint: `look at the fresh plan, and start with it: --plan ${plan.hash.slice(0, 12)}`,
    class: 'permanent',
  };
}

/** A decision that was not taken, and why. */
export class Refused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Refused';
  }
}

/** True for a {@link Refused}, also across realms. */
export function isRefused(error: unknown): error is Refused {
  return error instanceof Error && error.name === 'Refused';
}
