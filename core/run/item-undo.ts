import type { Failure } from '../record.js';
import { itemRun } from './items.js';
import { failureOf, type Run } from './run.js';
import { isItem, restorations } from './undo.js';

/** Runs of items that look at the same time: each has the whole memory of an ended run read again. */
const atOnce = 10;

/** Id of the run that everything had begun with whose changes are put back. */
function formerRoot({ program: { undoes, within } }: Run): string {
  const from = undoes?.from ?? '';
  return from.slice(0, from.length - itemRun('', within?.path ?? '').length);
}

async function begin(run: Run, path: string, force: boolean): Promise<void> {
  const root = run.program.within?.root ?? run.record.run;
  const id = itemRun(root, path);
  const from = itemRun(formerRoot(run), path);
  const asked = { id, run: run.record.run, from, path, root, force };
  run.emit({ type: 'item-begun', path, run: id, at: run.engine.now() });
  try {
    // Whether it was begun must never be left open by a cancellation.
    await run.engine.shielded(() => run.engine.startItemUndo(asked));
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    run.emit({ type: 'step-failed', path, failure: failureOf(error), at: run.engine.now() });
  }
}

/**
 * Begins the runs that are to put back what the items of a run that has ended had changed. Each looks whether all
 * is as it was left, and then stays until it is told to put it back. What stands against it; nothing where nothing
 * does.
 */
export async function beginItems(run: Run, force: boolean): Promise<Failure[]> {
  const paths = restorations(run, null)
    .map(({ use }) => use.path)
    .filter((path) => isItem(run, path));
  for (let from = 0; from < paths.length; from += atOnce) {
    const some = paths.slice(from, from + atOnce);
    for (const path of some) await begin(run, path, force);
    await run.engine.until(() => some.every((path) => run.step(path).outcome !== null));
  }
  return paths.flatMap((path) => {
    const { failure } = run.step(path);
    if (failure === null) return [];
    const moved = failure.code === 'moved-on';
    return [moved ? failure : { ...failure, message: `${path}: ${failure.message}` }];
  });
}
