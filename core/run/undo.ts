import type { ActionStep } from '../definition/runbook.js';
import type { Failure } from '../record.js';
import { awaitCondition } from './act.js';
import { actionName, attempts, requestAbout } from './attempt.js';
import { batches, sideBySide } from './batches.js';
import { expand } from './expand.js';
import { tell } from './fleet.js';
import { giveBack, leasesHeld, locksAround, regain, take } from './locks.js';
import { ask } from './people.js';
import { failureOf, permanent, type Run, type Use } from './run.js';

/** What is undone at once: one resource of one target, back to the state found before its first change. */
interface Restoration {
  readonly use: Use;
  /** Later changes of the same resource, which are undone with it. */
  readonly superseded: readonly string[];
}

/**
 * What an undo has to do, newest first. A resource that was changed several times goes back to its
 * first `before`, at the place of its first change: until then everything after it is undone. What a
 * step names in `afterUndo` goes back behind that step.
 * @param downTo oldest path to undo; null for all.
 */
export function restorations(run: Run, downTo: string | null): Restoration[] {
  const from = downTo === null ? 0 : firstAt(run, downTo);
  const changed = run.ledger.filter((path) => {
    const step = run.step(path);
    return step.applied && !step.restored && position(run, path) >= from;
  });
  const first = new Map<string, { use: Use; superseded: string[] }>();
  for (const path of changed) {
    const use = run.locate(path);
    const key = `${use.target ?? ''} ${run.step(path).resource ?? path}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, { use, superseded: [] });
    else known.superseded.push(path);
  }
  return followed([...first.values()].toReversed());
}

/** Steps that a step names in `afterUndo`. */
function namedAfter({ indexed }: Use): readonly string[] {
  return (indexed.definition as ActionStep).afterUndo ?? [];
}

/**
 * Has changes that follow from what an earlier step has changed go back right after that one instead of
 * before it: a restart for a new configuration is of no use until the old one is back.
 */
function followed(newestFirst: readonly Restoration[]): Restoration[] {
  let order = [...newestFirst];
  for (const source of newestFirst) {
    const named = namedAfter(source.use);
    const followers = order
      .slice(0, order.indexOf(source))
      .filter(({ use }) => use.frame.prefix === source.use.frame.prefix)
      .filter(({ use }) => named.includes(use.indexed.definition.id));
    if (followers.length === 0) continue;
    const rest = order.filter((one) => !followers.includes(one));
    order = rest.flatMap((one) => (one === source ? [one, ...followers] : [one]));
  }
  return order;
}

function position(run: Run, path: string): number {
  return run.record.steps.findIndex((step) => step.path === path);
}

/** Place in the record of a step, or of the first thing inside it. */
export function firstAt(run: Run, path: string): number {
  return run.record.steps.findIndex(
    (step) =>
      step.path === path || step.path.startsWith(`${path}/`) || step.path.startsWith(`${path}[`),
  );
}

/**
 * Puts back what the run changed, newest first, each verified; items of one wave of a fleet side by side. A step that
 * will not go back parks: retry, confirm (done by hand), skip (left as it is), cancel (all the rest is left as it is).
 * False when it was cancelled.
 */
export async function undo(run: Run, downTo: string | null): Promise<boolean> {
  for (const batch of batches(run, restorations(run, downTo)))
    if (!(await sideBySide(batch, (each) => putBackOne(run, each)))) return false;
  return true;
}

async function putBackOne(run: Run, { use, superseded }: Restoration): Promise<boolean> {
  const work = async (): Promise<void> => {
    if (isItem(run, use.path)) return undoItem(run, use);
    const facts = run.facts(actionName(use));
    if (facts.undo === 'irreversible') {
      throw permanent('irreversible', `step '${use.path}' (${facts.name}) cannot be undone`);
    }
    if (facts.undo === 'nothing') return;
    // What was changed under a lease of the step's own is put back under it.
    const locks = locksAround(run, use);
    const lost = await regain(run);
    const refused = lost.length > 0 ? lost : await take(run, locks, 'step', null);
    if (refused.length > 0) throw leasesHeld(refused);
    await attempts(run, use, async () => {
      run.emit({ type: 'step-phase', path: use.path, phase: 'undoing', at: run.engine.now() });
      await run.engine.perform(requestAbout(run, use, facts, 'undo'));
    });
    await giveBack(run, locks);
  };
  const done = await one(run, use, work);
  if (done === 'cancelled') return false;
  if (done === 'left') return true;
  for (const path of [use.path, ...superseded]) {
    run.emit({ type: 'step-undone', path, at: run.engine.now() });
  }
  return conditions(run, use);
}

/** True for an item of a fleet. */
export function isItem(run: Run, path: string): boolean {
  return run.step(path).kind === 'item';
}

/** Has the run of an item put back what it has changed. */
async function undoItem(run: Run, { path }: Use): Promise<void> {
  // A person may have had it put back on its own meanwhile.
  if (run.step(path).restored) return;
  run.emit({ type: 'step-phase', path, phase: 'undoing', at: run.engine.now() });
  if (!(await tell(run, path, 'undo', 'the run is being undone'))) {
    throw permanent(
      'undo-failed',
      'its run is gone, and with it what it would put back',
      'put it back by hand, and confirm',
    );
  }
  await run.engine.until(() => run.step(path).outcome !== null);
  if (!run.step(path).restored) {
    throw permanent(
      'undo-failed',
      'its run has ended without having put everything back',
      'put back what is left by hand, and confirm',
    );
  }
}

/** Waits that must hold before the next step is undone. False when the undo was cancelled. */
async function conditions(run: Run, use: Use): Promise<boolean> {
  for (const id of namedAfter(use)) {
    const indexed = use.frame.index.get(id);
    if (indexed === undefined) throw new TypeError(`there is no step '${id}'`);
    if (indexed.kind !== 'wait') continue;
    const wait: Use = { frame: use.frame, indexed, path: indexed.path, target: null };
    for (const each of expand(run, wait, indexed.definition)) {
      const done = await one(run, each, async () => {
        const ended = await awaitCondition(run, each);
        run.emit({ type: 'step-ended', path: each.path, at: run.engine.now(), ...ended });
      });
      if (done === 'cancelled') return false;
    }
  }
  return true;
}

async function one(
  run: Run,
  use: Use,
  work: () => Promise<void>,
): Promise<'done' | 'left' | 'cancelled'> {
  for (;;) {
    let failure: Failure;
    try {
      await work();
      return 'done';
    } catch (error) {
      if (run.engine.isCancellation(error)) throw error;
      failure = failureOf(error);
    }
    run.emit({ type: 'step-undo-failed', path: use.path, failure });
    run.emit({ type: 'step-phase', path: use.path, phase: 'parked', at: run.engine.now() });
    const letter = await ask(
      run,
      {
        path: use.path,
        kind: 'park',
        message: `undo: ${failure.message}`,
        verbs: ['retry', 'confirm', 'skip', 'cancel'],
      },
      async () => null,
    );
    const { verb, by, reason } = letter?.decision ?? { verb: 'skip', by: '', reason: '' };
    if (verb === 'retry') continue;
    if (verb === 'confirm') {
      run.emit({
        type: 'step-noted',
        path: use.path,
        note: `put back by hand, says ${by}: ${reason}`,
      });
      return 'done';
    }
    run.emit({ type: 'step-failed', path: use.path, failure, at: run.engine.now() });
    run.emit({
      type: 'step-noted',
      path: use.path,
      note: `not undone: left as it is by ${by}: ${reason}`,
    });
    return verb === 'cancel' ? 'cancelled' : 'left';
  }
}
