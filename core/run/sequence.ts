import type { CallStep, Step } from '../definition/runbook.js';
import { ownSteps } from './kinds.js';
import type { JsonObject, Json } from '../json.js';
import { awaitCondition, bringAbout, endStep, HandOver, over, restore, type Ended } from './act.js';
import { approval } from './approval.js';
import { actionName, span } from './attempt.js';
import { expand } from './expand.js';
import { fill, holds } from './expression.js';
import type { LeaseWish } from './lease.js';
import {
  giveBack,
  leasesHeld,
  locksOf,
  refusalText,
  take,
  wishes,
  type LeaseRefusal,
} from './locks.js';
import { pendingSteps, titleOf, type Frame } from './frame.js';
import { fleet } from './fleet.js';
import { gate } from './gate.js';
import { checkGuards, guardsHeld } from './guards.js';
import { manual } from './human.js';
import { startProbes } from './probes.js';
import { permanent, type Run, type Use } from './run.js';
import { sourcesOf } from './sources.js';

/** The deepest that runbooks may call each other. */
const maxCallDepth = 8;

/**
 * Runs steps one after another. Finished ones are passed by, so a run can go on from its record. `alone`:
 * nothing else of the run is at work, so that between two steps a new history may begin.
 */
export async function sequence(
  run: Run,
  frame: Frame,
  steps: readonly Step[],
  alone = false,
): Promise<void> {
  for (const step of steps) {
    const before = run.record;
    await oneStep(run, frame, step, alone);
    // One that only passed finished steps by would hand over again and again.
    if (alone && run.record !== before && run.engine.wantsNewHistory()) throw new HandOver();
  }
}

function useOf(frame: Frame, step: Step): Use {
  const indexed = frame.index.get(step.id);
  if (indexed === undefined) throw new TypeError(`step '${step.id}' is not in its frame`);
  return { frame, indexed, path: indexed.path, target: null };
}

async function oneStep(run: Run, frame: Frame, step: Step, alone: boolean): Promise<void> {
  const use = useOf(frame, step);
  const expanded = run.record.steps.filter(
    (known) => known.path.startsWith(`${use.path}[`) && known.kind !== 'item',
  );
  const whole = run.record.steps.find((known) => known.path === use.path);
  if (whole !== undefined && over(run, use.path) && ownSteps(step).length === 0) return;
  if (whole === undefined && expanded.every((known) => over(run, known.path))) return;
  await gate(run);
  if (whole !== undefined && over(run, use.path)) return;
  if (whole !== undefined && (await skipped(run, use, step))) return;
  // A step that has its targets has no record of its own any more: what is left to do of it speaks for it.
  const open = expanded.find((known) => !over(run, known.path));
  const at = whole === undefined && open !== undefined ? { ...use, path: open.path } : use;
  await underLocks(run, at, step, () => work(run, use, step, alone));
}

/** What a step does, by its kind. */
async function work(run: Run, use: Use, step: Step, alone: boolean): Promise<void> {
  const { frame } = use;
  if ('parallel' in step) return group(run, use, () => parallel(run, frame, step.parallel));
  if ('steps' in step && !('forEach' in step))
    return group(run, use, () => sequence(run, frame, step.steps, alone));
  if ('action' in step || 'wait' in step) return onTargets(run, use, step);
  await endStep(run, use, () => plain(run, use, step, alone));
}

/** Evaluates `if`; true when the step ends here, skipped or by a decision. */
async function skipped(run: Run, use: Use, step: Step): Promise<boolean> {
  if (step.if === undefined) return false;
  let goOn = true;
  const ended = await endStep(run, use, async () => {
    goOn = holds(step.if, run.scope(use.frame, use.target), `step '${use.path}'`);
    return null;
  });
  if (!ended && !goOn) skip(run, use, step, `if: ${step.if}`);
  return ended || !goOn;
}

/** Ends a step and everything inside it as skipped. */
function skip(run: Run, use: Use, step: Step, note: string): void {
  run.emit({ type: 'step-ended', path: use.path, outcome: 'skipped', at: run.engine.now(), note });
  for (const inner of ownSteps(step)) skip(run, useOf(use.frame, inner), inner, note);
}

async function group(run: Run, use: Use, work: () => Promise<void>): Promise<void> {
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
  await work();
  run.emit({ type: 'step-ended', path: use.path, outcome: 'unchanged', at: run.engine.now() });
}

/** Runs all at once; one that is parked does not stop the others. */
async function parallel(run: Run, frame: Frame, steps: readonly Step[]): Promise<void> {
  await all(steps.map((step) => oneStep(run, frame, step, false)));
}

/** Waits for all, also when one fails: nothing may go on behind the back of what comes next. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

/** Runs an action or a wait on its target, or on each of its targets. */
async function onTargets(run: Run, use: Use, step: Step): Promise<void> {
  let uses: Use[] = [];
  const prepare = async (): Promise<Ended | null> => {
    uses = expand(run, use, step);
    return uses.length === 0 ? { outcome: 'skipped', note: 'no target' } : null;
  };
  // Expanded before: there is no record left under the plain path to fail at.
  const whole = run.record.steps.some((known) => known.path === use.path);
  if (whole ? await endStep(run, use, prepare) : (await prepare()) !== null) return;
  const workOn = (one: Use) => (): Promise<Ended> =>
    'wait' in step ? awaitCondition(run, one) : bringAbout(run, one);
  const { impact } = run.facts(actionName(use));
  const open = uses.filter((one) => !over(run, one.path));
  if (impact === 'disrupt' || impact === 'destroy') {
    // What users may notice happens to one target after the other.
    for (const one of open) {
      await gate(run);
      await endStep(run, one, workOn(one));
    }
    return;
  }
  await all(open.map((one) => endStep(run, one, workOn(one))));
}

/** A step of any kind that has neither inner steps nor a target. */
async function plain(run: Run, use: Use, step: Step, alone: boolean): Promise<Ended> {
  if ('restore' in step) return restore(run, use, sourcesOf(run, use, step));
  if ('delay' in step) {
    run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
    await run.engine.sleep(span(run, use, step.delay), titleOf(step));
    return { outcome: 'unchanged' };
  }
  if ('approval' in step) return approval(run, use);
  if ('manual' in step) return manual(run, use);
  if ('forEach' in step) return fleet(run, use, step, alone);
  return call(run, use, step as CallStep, alone);
}

/** Takes the leases of a called runbook that the run does not hold yet; it keeps them to its end. */
async function lock(run: Run, frame: Frame): Promise<void> {
  const refused = await take(run, locksOf(run, frame), 'run', null);
  if (refused.length > 0) throw leasesHeld(refused);
}

/**
 * Does a step under leases of its own. It waits for them, and gives them back when it has ended. Where the run is
 * undone or cancelled meanwhile it keeps them to its end: what is put back is put back under them.
 */
async function underLocks(
  run: Run,
  use: Use,
  step: Step,
  work: () => Promise<void>,
): Promise<void> {
  // Those of a fleet are taken by each of its items.
  if (step.locks === undefined || 'forEach' in step) return work();
  let taken: readonly LeaseWish[] = [];
  const ended = await endStep(run, use, async () => {
    const wanted = wishes(step.locks, run.scope(use.frame, null));
    const queued = (refusal: LeaseRefusal): void => {
      run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
      const note = `waits: ${refusalText([refusal])}`;
      run.emit({ type: 'step-noted', path: use.path, note });
    };
    await take(run, wanted, 'step', queued);
    taken = wanted;
    run.emit({ type: 'step-noted', path: use.path, note: null });
    return null;
  });
  if (ended) return;
  await work();
  await giveBack(run, taken);
}

/** Runs another runbook here: its guards, steps and finally, in a frame of its own. */
async function call(run: Run, use: Use, step: CallStep, alone: boolean): Promise<Ended> {
  const { engine } = run;
  const scope = run.scope(use.frame, null);
  const name = fill(step.call, scope);
  if (typeof name !== 'string')
    throw permanent('not-found', `'call' of step '${use.path}' is not a name`);
  if (use.frame.stack.includes(name) || use.frame.stack.length > maxCallDepth) {
    throw permanent(
      'definition-invalid',
      `runbooks call each other in a circle: ${[...use.frame.stack, name].join(' → ')}`,
    );
  }
  let callee = run.callees[use.path];
  if (callee === undefined) {
    callee = await engine.callee(name, fill(step.input ?? {}, scope) as JsonObject);
    run.callees[use.path] = callee;
  }
  const frame = run.calledFrame(use.frame, use.path, callee);
  const { runbook } = callee;
  if (!run.record.steps.some((known) => known.path.startsWith(frame.prefix))) {
    run.emit({
      type: 'steps',
      after: use.path,
      steps: pendingSteps(run.program, frame, [
        runbook.guards ?? [],
        runbook.steps,
        runbook.finally ?? [],
      ]),
    });
  }
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: engine.now() });
  await lock(run, frame);
  // One that goes on in a new history is past its guards: what they look at its own steps have changed.
  if (!guardsHeld(run, frame)) {
    const broken = await checkGuards(run, frame);
    if (broken !== null) throw permanent('guard-failed', broken);
  }
  const probes = startProbes(run, frame);
  try {
    await sequence(run, frame, runbook.steps, alone);
  } finally {
    await engine.shielded(() => probes.stop());
  }
  await sequence(run, frame, runbook.finally ?? []);
  const outputs = fill(runbook.outputs ?? {}, run.scope(frame, null)) as Record<string, Json>;
  return { outcome: 'unchanged', output: { ...outputs } };
}
