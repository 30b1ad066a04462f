import { isDone } from './outcome.js';
import type { Failure, StepRecord } from '../record.js';
import {
  actionName,
  attempts,
  noteCheck,
  noteInput,
  problemOfEdit,
  request,
  requestAbout,
} from './attempt.js';
import { leasesHeld, regainAtOnce } from './locks.js';
import { permanent, failureOf, policyOf, type Run, type Use } from './run.js';
import { approval } from './approval.js';
import { ask } from './people.js';
import type { Letter } from './control.js';
import type { StepOutcome } from './outcome.js';
import type { JsonObject } from '../json.js';

/** How a step's work ended, when it ended well. */
export interface Ended {
  readonly outcome: StepOutcome;
  readonly output?: StepRecord['output'];
  readonly note?: string;
}

/** Thrown to unwind the steps after a policy or a person has decided that they end here. */
export class Interrupted extends Error {
  constructor() {
    super('the steps were ended');
    this.name = 'Interrupted';
  }
}

/** Thrown between two steps when the run is to go on in a new history. */
export class HandOver extends Error {
  constructor() {
    super('the run goes on in a new history');
    this.name = 'HandOver';
  }
}

/** True for what unwinds the steps without being a failure of one of them. */
function unwinds(run: Run, error: unknown): boolean {
  return (
    run.engine.isCancellation(error) || error instanceof Interrupted || error instanceof HandOver
  );
}

/**
 * Does a piece of a step's work, and where that fails for good follows the step's policy. A step that
 * is parked takes decisions until one of them ends it. Work that answers null has prepared the step
 * only: it goes on. True when the step has ended.
 */
export async function endStep(
  run: Run,
  use: Use,
  work: () => Promise<Ended | null>,
  failed: Failure | null = null,
): Promise<boolean> {
  let failure = failed;
  for (;;) {
    if (failure === null) {
      try {
        const ended = await work();
        if (ended === null) return false;
        run.emit({ type: 'step-ended', path: use.path, at: run.engine.now(), ...ended });
        return true;
      } catch (error) {
        if (unwinds(run, error)) throw error;
        failure = failureOf(error);
      }
    }
    run.emit({ type: 'step-failed', path: use.path, failure, at: run.engine.now() });
    switch (failed === null ? policyOf(use) : 'park') {
      case 'continue':
        return true;
      case 'stop':
        run.control.interrupt({ kind: 'stop', failure });
        throw new Interrupted();
      case 'undo':
        run.control.interrupt({ kind: 'undo-after-failure', failure });
        throw new Interrupted();
      case 'park': {
        if (failure.code === 'rejected' && run.ledger.length === 0) {
          // Nothing was touched, so there is nothing to decide.
          run.control.interrupt({ kind: 'refuse', failure });
          throw new Interrupted();
        }
        // A run that is being ended asks nobody what to do about a step that has failed meanwhile.
        if (run.control.interrupted && run.engine.endsUnparked?.() !== false)
          throw new Interrupted();
        const letter = await park(run, use, failure);
        const { verb, reason, by, outputs, input } = letter.decision;
        if (input !== undefined) await askAgain(run, use, by);
        await run.observe(use.path);
        if (verb === 'retry') {
          failure = await withoutLease(run);
          if (failure !== null) continue;
          run.emit({ type: 'step-phase', path: use.path, phase: 'retrying', at: run.engine.now() });
          continue;
        }
        run.emit({
          type: 'step-ended',
          path: use.path,
          outcome: verb === 'skip' ? 'skipped' : 'confirmed',
          at: run.engine.now(),
          note: `${verb === 'skip' ? 'skipped' : 'confirmed'} by ${by}: ${reason}`,
          ...(outputs === undefined ? {} : { output: { ...outputs } as Record<string, never> }),
        });
        return true;
      }
    }
  }
}

/** Why a step may not be tried again: others have what was taken from the run. Null where it has all its leases. */
async function withoutLease(run: Run): Promise<Failure | null> {
  const refused = await regainAtOnce(run);
  return refused.length === 0 ? null : failureOf(leasesHeld(refused));
}

/** An approval was for what was asked then: an edited input voids those that were given. */
async function askAgain(run: Run, use: Use, by: string): Promise<void> {
  const given = run.record.steps.filter(
    ({ kind, outcome }) => kind === 'approval' && outcome === 'confirmed',
  );
  for (const { path } of given) {
    const again = run.locate(path);
    run.emit({ type: 'step-reset', path });
    const why = `${by} has edited the input of '${use.path}'`;
    await endStep(run, again, () => approval(run, again, why));
  }
}

async function park(run: Run, use: Use, failure: Failure): Promise<Letter> {
  run.emit({ type: 'step-phase', path: use.path, phase: 'parked', at: run.engine.now() });
  const acts = use.indexed.kind === 'action' || use.indexed.kind === 'wait';
  const letter = await ask(
    run,
    {
      path: use.path,
      kind: 'park',
      message: failure.message,
      verbs: [
        ...(['retry', 'skip'] as const),
        ...(acts ? (['confirm'] as const) : []),
        // At its end a run has nothing left that these could end.
        ...(run.ending ? [] : (['undo', 'cancel'] as const)),
      ],
    },
    async ({ decision }) => {
      if (decision.verb === 'retry' && decision.input !== undefined) {
        const problem =
          (await problemOfEdit(run, use, decision.input)) ??
          (await leave(run, use, decision.input));
        if (problem === null) run.edited[use.path] = { ...run.edited[use.path], ...decision.input };
        return problem;
      }
      if (decision.verb === 'skip' && decision.outputs !== undefined && acts) {
        const problems = await run.engine.problemsOfOutput(actionName(use), decision.outputs);
        return problems.length === 0
          ? null
          : `the outputs do not fit ${actionName(use)}: ${problems.join('; ')}`;
      }
      if (decision.verb === 'confirm' && decision.force !== true) return disagreement(run, use);
      return null;
    },
  );
  if (letter === null) throw new TypeError('a park has no time-out');
  return letter;
}

/**
 * Where an edited input means another resource than the one that the step has begun to change, that one
 * is put back first: its `before` must not be taken for the other's. Why that is not possible, or null.
 */
async function leave(run: Run, use: Use, edit: JsonObject): Promise<string | null> {
  const { applied, resource, restored } = run.step(use.path);
  if (!applied || restored) return null;
  const facts = run.facts(actionName(use));
  try {
    const check = request(run, use, facts, 'check');
    const next = await run.engine.perform({ ...check, input: { ...check.input, ...edit } });
    if (next.resource === resource) return null;
    if (facts.undo === 'irreversible') {
      return `it has begun to change ${resource}, which cannot be undone, and would go on with ${next.resource}`;
    }
    if (facts.undo === 'reversible') {
      await run.engine.perform(requestAbout(run, use, facts, 'undo'));
    }
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    return `it has begun to change ${resource}, which must be put back before it goes on elsewhere: ${failureOf(error).message}`;
  }
  run.emit({ type: 'step-reset', path: use.path });
  run.forget(use.path);
  return null;
}

/** What the check says against a confirmation; null when it agrees. */
async function disagreement(run: Run, use: Use): Promise<string | null> {
  try {
    const facts = run.facts(actionName(use));
    const answer = await run.engine.perform(request(run, use, facts, 'check'));
    if (answer.drift !== null) {
      return `the check does not agree: ${answer.drift} (--force confirms all the same)`;
    }
    noteCheck(run, use.path, answer);
    return null;
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    return `the check could not tell: ${failureOf(error).message} (--force confirms all the same)`;
  }
}

/** Check, and where there is drift apply and verify. */
export async function bringAbout(run: Run, use: Use): Promise<Ended> {
  const facts = run.facts(actionName(use));
  return attempts(run, use, async () => {
    const check = request(run, use, facts, 'check');
    const found = await run.engine.perform(check);
    noteCheck(run, use.path, found);
    const begun = run.step(use.path).applied;
    if (found.drift === null) return { outcome: begun ? 'changed' : 'unchanged' };
    if (facts.impact === 'read') throw permanent('does-not-hold', found.drift);
    if (!run.ledger.includes(use.path)) run.ledger.push(use.path);
    noteInput(run, use, check.input);
    run.emit({ type: 'step-applying', path: use.path });
    const made = await run.engine.perform(request(run, use, facts, 'apply'));
    if (made.tries > 1) await run.observe(use.path);
    return { outcome: 'changed', output: { ...made.output } as Record<string, never> };
  });
}

/** Waits until a read-only action finds no drift. */
export async function awaitCondition(run: Run, use: Use): Promise<Ended> {
  const facts = run.facts(actionName(use));
  return attempts(run, use, async () => {
    if (!facts.slow) {
      // Cheaper than an activity with heartbeats, and very often all there is to do.
      const found = await run.engine.perform(request(run, use, facts, 'check'));
      noteCheck(run, use.path, found);
      if (found.drift === null) return { outcome: 'unchanged' };
    }
    run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
    const held = await run.engine.perform(request(run, use, facts, 'verify'));
    noteCheck(run, use.path, held);
    if (held.tries > 1) await run.observe(use.path);
    return { outcome: 'unchanged' };
  });
}

/** Puts back what an earlier step had changed; nothing to do where it had changed nothing. */
export async function restore(run: Run, use: Use, sources: readonly Use[]): Promise<Ended> {
  let restored = false;
  for (const source of sources) {
    const step = run.step(source.path);
    if (!step.applied || step.restored) continue;
    const facts = run.facts(actionName(source));
    if (facts.undo === 'nothing') continue;
    if (facts.undo === 'irreversible') {
      throw permanent('irreversible', `step '${source.path}' (${facts.name}) cannot be undone`);
    }
    await attempts(run, use, async () => {
      run.emit({ type: 'step-phase', path: use.path, phase: 'undoing', at: run.engine.now() });
      await run.engine.perform(requestAbout(run, use, facts, 'undo', source));
    });
    for (const path of [source.path, ...superseding(run, source)]) {
      run.emit({ type: 'step-restored', path });
    }
    restored = true;
  }
  return { outcome: restored ? 'restored' : 'unchanged' };
}

/** Later changes of the same resource: they are gone with what was put back. */
function superseding(run: Run, source: Use): string[] {
  const { resource, target } = run.step(source.path);
  const later = run.ledger.slice(run.ledger.indexOf(source.path) + 1);
  return later.filter((path) => {
    const step = run.step(path);
    return resource !== null && step.resource === resource && step.target === target;
  });
}

/** True when nothing is left to do for a step: a run that goes on from a record passes it by. */
export function over(run: Run, path: string): boolean {
  return isDone(run.step(path).outcome);
}
