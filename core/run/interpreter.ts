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
import { isHold } from './lease.js';
import { locksOf, refusalText, take } from './locks.js';
import { movedWords, type PlanLine } from './moved.js';
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

  /** A person has taken a lease from the run: it pauses, and takes it again before it goes on. */
  leaseBroken(resource: string, by: string, reason: string): void {
    if (!(resource in this.#run.leases)) return;
    this.#run.brokenLeases.add(resource);
    this.#run.hold(by, `took ${resource} from the run: ${reason}`);
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
        return;
      case 'resume':
        control.paused = false;
        note();
        return;
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
      while (interruption === null || interruption.kind === 'undo') {
        if (interruption === null) {
          const probes = startProbes(run, run.root);
          interruption = await this.#steps(probes);
          if (interruption === null) break;
        }
        if (interruption.kind !== 'undo' || interruption.downTo === null) break;
        interruption = await this.#partly(interruption.downTo);
      }
      await run.engine.shielded(() => this.#end(interruption));
    } catch (error) {
      if (error instanceof HandOver) return 'hand-over';
      // A fault of ours must not keep a lease or leave the run without an end.
      await run.engine.shielded(() => this.#close('stopped', failureOf(error)));
    }
    return 'ended';
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
    const [first] = refused;
    if (first !== undefined) {
      return this.#close('refused', {
        code: 'lease-held',
        message: refusalText(refused),
        hint: isHold(first.holder)
          ? 'wait for it with --wait; runbook leases shows who has what'
          : `wait for it with --wait, or look at it: runbook status ${first.holder.run}`,
        class: 'permanent',
      });
    }
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
      if (!(await undo(run, null))) ended = 'cancelled';
      run.undoing = false;
    }
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
    if (state === 'succeeded') {
      try {
        const outputs = fill(run.root.runbook.outputs ?? {}, run.scope(run.root, null));
        run.emit({ type: 'outputs', outputs: outputs as Record<string, Json> });
      } catch (error) {
        failure ??= failureOf(error);
      }
    }
    await run.engine.release(Object.keys(run.leases));
    run.emit({ type: 'failure', failure });
    run.control.close('the run has ended');
    run.emit({ type: 'ended', state, at: run.engine.now() });
  }
}

const atItsEnd = 'the run is at its end: retry or skip the step that is left';

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
