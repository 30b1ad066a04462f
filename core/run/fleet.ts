import type { ForEachStep } from '../definition/runbook.js';
import type { StepRecord } from '../record.js';
import { HandOver, type Ended } from './act.js';
import { fill } from './expression.js';
import { gate } from './gate.js';
import { checkGuards } from './guards.js';
import {
  boundOf,
  itemPath,
  itemRun,
  itemRunbook,
  itemsOf,
  type Item,
  type ItemOrder,
  type ItemReport,
} from './items.js';
import { targetOf } from './frame.js';
import { isDone } from './outcome.js';
import { ask } from './people.js';
import { pendingStep } from './reduce.js';
import { failureOf, permanent, policyOf, type Run, type Use } from './run.js';
import { fleetShape, type FleetShape } from './waves.js';

/** A `forEach` at work. */
interface Fleet {
  readonly run: Run;
  readonly use: Use;
  readonly step: ForEachStep;
  readonly items: readonly Item[];
  readonly shape: FleetShape;
  /** Nothing else of the run is at work: it may go on in a new history. */
  readonly alone: boolean;
}

/** Runs the items of a `forEach`, wave by wave. Everything that it goes by is in the record. */
export async function fleet(run: Run, use: Use, step: ForEachStep, alone: boolean): Promise<Ended> {
  const scope = run.scope(use.frame, null);
  const items = itemsOf(fill(step.forEach, scope), use.path);
  if (items.length === 0) return { outcome: 'skipped', note: 'no item' };
  const at: Fleet = { run, use, step, items, alone, shape: fleetShape(step, items.length) };
  note(at);
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
  await goOn(at);
  let from = 0;
  for (const [number, size] of at.shape.waves.entries()) {
    await wave(at, number, items.slice(from, from + size));
    from += size;
    const next = items.slice(from, from + (at.shape.waves[number + 1] ?? 0));
    if (isFresh(at, next)) await healthy(at, number);
  }
  return summary(at);
}

/** Failed items that the output names: it may have 1 KiB. */
const namedAtMost = 8;

/** Notes the items in the record, where they are not yet. */
function note({ run, use, items }: Fleet): void {
  const known = new Set(run.record.steps.map(({ path }) => path));
  const missing = items.filter((item) => !known.has(itemPath(use.path, item)));
  if (missing.length === 0) return;
  run.emit({
    type: 'steps',
    after: lastOf(run, use),
    steps: missing.map((item) =>
      pendingStep({
        path: itemPath(use.path, item),
        title: item.key,
        kind: 'item',
        action: null,
        target: targetOf(run.program.inventory, item.key) === undefined ? null : item.key,
      }),
    ),
  });
}

/** The last record of a fleet's own: its conditions and the items that are there come after its step. */
function lastOf(run: Run, { path }: Use): string {
  const own = run.record.steps.filter(
    (step) =>
      step.path === path || step.path.startsWith(`${path}[`) || step.path.startsWith(`${path}/`),
  );
  return own.at(-1)?.path ?? path;
}

function rowOf({ run, use }: Fleet, item: Item): StepRecord {
  return run.step(itemPath(use.path, item));
}

/** True for a wave that is still to be begun. */
function isFresh(fleet: Fleet, items: readonly Item[]): boolean {
  return items.length > 0 && items.every((item) => rowOf(fleet, item).startedAt === null);
}

/** True for an item whose run is at work, or waits. */
export function isAtWork(row: StepRecord): boolean {
  return row.kind === 'item' && row.applied && row.outcome === null;
}

/** What there is to be said of an item whose run is there no more, and has not said how it ended. */
export function goneReport(run: Run, path: string): ItemReport {
  return {
    path,
    run: itemRun(run.program.within?.root ?? run.record.run, path),
    state: 'stopped',
    changed: false,
    failure: {
      code: 'item-failed',
      message: 'its workflow was ended from outside of runbook',
      hint: 'what it had changed is as it was at that moment',
      class: 'permanent',
    },
    waitingFor: [],
    targets: [],
  };
}

/** Items that were at work when the run was left go on with it; one that is there no more is found out. */
async function goOn({ run, use, items }: Fleet): Promise<void> {
  for (const item of items) {
    const row = run.step(itemPath(use.path, item));
    const held = run.heldItems.delete(row.path);
    if (!isAtWork(row)) continue;
    const there = await tell(run, row.path, held ? 'resume' : 'ping', 'the run goes on');
    if (there || !isAtWork(run.step(row.path))) continue;
    run.emit({ type: 'item', report: goneReport(run, row.path), at: run.engine.now() });
  }
}

/** Says something to the run of an item. False where there is none any more. */
export function tell(
  run: Run,
  path: string,
  order: ItemOrder['order'],
  reason: string,
  by = run.record.startedBy,
  more: Pick<ItemOrder, 'superseded'> = {},
): Promise<boolean> {
  const root = run.program.within?.root ?? run.record.run;
  return run.engine.shielded(() =>
    run.engine.tellItem(itemRun(root, path), { order, by, reason, ...more }),
  );
}

async function start({ run, use, step }: Fleet, item: Item): Promise<void> {
  const { frame } = use;
  const scope = run.scope(frame, null);
  const path = itemPath(use.path, item);
  const { program } = run;
  const root = program.within?.root ?? run.record.run;
  const id = itemRun(root, path);
  const called = Object.values(run.callees).map((callee) => callee.actions);
  const request = {
    id,
    runbook: itemRunbook(program, frame, step, item, scope),
    files: frame.files,
    within: {
      run: run.record.run,
      root,
      path,
      bound: boundOf(frame, step, item, scope),
      inputs: frame.inputs,
      actions: Object.assign({}, program.actions, ...called),
    },
  };
  // From here on it may have changed something: undo must know of it, whatever comes.
  if (!run.ledger.includes(path)) run.ledger.push(path);
  run.emit({ type: 'item-begun', path, run: id, at: run.engine.now() });
  try {
    // Whether it was begun must never be left open by a cancellation.
    await run.engine.shielded(() => run.engine.startItem(request));
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    run.emit({ type: 'step-reset', path });
    run.forget(path);
    run.emit({ type: 'step-failed', path, failure: failureOf(error), at: run.engine.now() });
  }
}

/** Runs the items of one wave to their end. */
async function wave(fleet: Fleet, number: number, items: readonly Item[]): Promise<void> {
  const { run, shape } = fleet;
  for (;;) {
    const rows = items.map((item) => ({ item, row: rowOf(fleet, item) }));
    const next = rows.find(({ row }) => !row.applied && !isDone(row.outcome));
    const busy = rows.filter(({ row }) => isAtWork(row)).length;
    const lost = overBudget(fleet, number, items);
    if (lost !== null) {
      await decided(fleet, number, items, lost);
    } else if (next === undefined && busy === 0) {
      return;
    } else if (next !== undefined && busy < shape.atOnce) {
      await gate(run);
      await start(fleet, next.item);
    } else {
      await news(fleet);
    }
    // Nothing but the record is needed to go on from here.
    if (fleet.alone && run.engine.wantsNewHistory()) throw new HandOver();
  }
}

/** Until an item has told something. */
async function news({ run }: Fleet): Promise<void> {
  const seen = run.itemReports;
  await run.engine.until(() => run.itemReports !== seen);
}

/** Items that have failed, or are parked, and that nobody has decided to leave so. */
function failedOf(fleet: Fleet, items: readonly Item[]): string[] {
  return items
    .filter((item) => {
      const row = rowOf(fleet, item);
      if (fleet.run.leftItems.has(row.path)) return false;
      return row.outcome === 'failed' || row.outcome === 'undone' || row.phase === 'parked';
    })
    .map(({ key }) => key);
}

/** Why no further item may be begun; null while the budget lasts. */
function overBudget(fleet: Fleet, number: number, items: readonly Item[]): string | null {
  const { shape, use } = fleet;
  if (policyOf(use) === 'continue') return null;
  const here = failedOf(fleet, items);
  const all = failedOf(fleet, fleet.items);
  const limit = shape.budget.waves[number] ?? 0;
  const of = (failed: readonly string[], total: number, most: number, where: string): string =>
    `${failed.length} of ${total} items ${where} failed or parked, ${most === 0 ? 'and none may' : `more than ${most}`}: ${failed.join(', ')}`;
  if (here.length > limit && limit < shape.budget.total)
    return of(here, items.length, limit, 'of the wave');
  return all.length > shape.budget.total
    ? of(all, fleet.items.length, shape.budget.total, 'have')
    : null;
}

/**
 * Holds the fleet until the budget is kept again, since items were mended, or until a person says: retry
 * begins the failed ones again, skip leaves them and goes on.
 */
async function decided(
  fleet: Fleet,
  number: number,
  items: readonly Item[],
  lost: string,
): Promise<void> {
  const { run, use } = fleet;
  const policy = policyOf(use);
  if (policy !== 'park') {
    throw permanent('failure-budget', lost, 'runbook report tells what has failed');
  }
  run.emit({ type: 'step-phase', path: use.path, phase: 'parked', at: run.engine.now() });
  const letter = await ask(
    run,
    { path: use.path, kind: 'park', message: lost, verbs: ['retry', 'skip', 'undo', 'cancel'] },
    async () => null,
    () => overBudget(fleet, number, items) === null,
  );
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
  if (letter === null) return;
  const { verb, by, reason } = letter.decision;
  // What items have done before may be no longer so, since they were parked for a while.
  await run.observe(use.path);
  for (const item of fleet.items) {
    const row = rowOf(fleet, item);
    const ended = row.outcome === 'failed' || row.outcome === 'undone';
    if (!ended && row.phase !== 'parked') continue;
    if (verb === 'skip') run.leftItems.add(row.path);
    else if (ended) await again(fleet, item, by, reason);
  }
}

/** Begins an item once more: where it failed, or from the start where nothing of it is left. */
async function again(fleet: Fleet, item: Item, by: string, reason: string): Promise<void> {
  const { run } = fleet;
  const row = rowOf(fleet, item);
  const { path } = row;
  run.leftItems.delete(path);
  if (!row.restored && (await tell(run, path, 'again', reason, by))) {
    const root = run.program.within?.root ?? run.record.run;
    run.emit({ type: 'item-begun', path, run: itemRun(root, path), at: run.engine.now() });
    return;
  }
  run.emit({ type: 'step-reset', path });
  run.forget(path);
}

/** The conditions between two waves; where one does not hold the fleet waits for a decision. */
async function healthy(fleet: Fleet, number: number): Promise<void> {
  const { run, use, step } = fleet;
  if (step.health === undefined || step.health.length === 0) return;
  const broken = await checkGuards(run, use.frame, step.health);
  if (broken === null) return;
  throw permanent(
    'guard-failed',
    `after wave ${number + 1} of ${fleet.shape.waves.length}: ${broken}`,
    'retry looks again, and goes on where it holds',
  );
}

function summary(fleet: Fleet): Ended {
  const rows = fleet.items.map((item) => ({ item, row: rowOf(fleet, item) }));
  const failed = rows.filter(({ row }) => row.outcome === 'failed' || row.outcome === 'undone');
  const changed = rows.filter(({ row }) => row.outcome === 'changed');
  return {
    outcome: changed.length > 0 ? 'changed' : 'unchanged',
    output: {
      items: fleet.items.length,
      changed: changed.length,
      failed: failed.map(({ item }) => item.key).slice(0, namedAtMost),
    },
    note:
      failed.length === 0
        ? `${rows.length} items, ${changed.length} changed`
        : `${rows.length} items, ${changed.length} changed, ${failed.length} failed`,
  };
}
