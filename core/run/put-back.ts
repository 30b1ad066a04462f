import type { Failure } from '../record.js';
import { beginItems } from './item-undo.js';
import { locksOf, take } from './locks.js';
import { movedSince } from './moved-since.js';
import type { EndedState } from './outcome.js';
import type { Run } from './run.js';
import { undo } from './undo.js';
import { leaseHeld } from './verdict.js';

/** How what a run that has ended had changed is to be put back. */
export interface PutBackOptions {
  /** Queue for leases that others hold, instead of being refused. */
  readonly wait: boolean;
  /** Also what is no longer as that run has left it. */
  readonly force: boolean;
  /** For an item: waits until it is told what to do; false where that is nothing. */
  told(): Promise<boolean>;
}

/** How it came out. */
export interface PutBack {
  readonly state: EndedState;
  readonly failure: Failure | null;
}

function refusedBy(failure: Failure): PutBack {
  return { state: 'refused', failure };
}

/** What stands against it: what has moved, of the run itself or else of its items, and what nobody can tell. */
async function against(run: Run, force: boolean, items: boolean): Promise<readonly Failure[]> {
  const moved = force ? [] : await movedSince(run);
  if (moved.length === 0) return items ? beginItems(run, force) : [];
  const message = moved.join('; ');
  const hint = 'look what has changed it; --force puts back all the same. Nothing was touched';
  return [{ code: 'moved-on', message, hint, class: 'permanent' }];
}

/** Says no: for the run of an item, the run around it says so for all of them. */
function no(run: Run, failures: readonly [Failure, ...Failure[]]): PutBack {
  const worst = failures.find(({ code }) => code !== 'moved-on') ?? failures[0];
  const what = failures.map(({ message }) => message).join('; ');
  const says = worst.code === 'moved-on' && run.program.within === undefined;
  return refusedBy({ ...worst, message: says ? `not as the run has left it: ${what}` : what });
}

/**
 * Puts back what a run that has ended had changed: the state is that run's. Where something has moved since, also
 * of one of its items, it is refused, unless by force.
 */
export async function putBack(run: Run, { wait, force, told }: PutBackOptions): Promise<PutBack> {
  const inside = run.program.within !== undefined;
  if (inside) {
    // By checks alone, so no lease is needed: items that share one would wait for each other for ever.
    const [first, ...more] = await against(run, force, true);
    if (first !== undefined) return no(run, [first, ...more]);
    if (!(await told())) return { state: 'cancelled', failure: null };
  }
  const locks = run.frames().flatMap((frame) => locksOf(run, frame));
  const queued = (): void =>
    run.emit({ type: 'queued', locks: locks.map(({ resource }) => resource) });
  const refused = await take(run, locks, 'run', wait ? queued : null);
  if (refused.length > 0) return refusedBy(leaseHeld(refused));
  run.undoing = true;
  run.emit({ type: 'undoing' });
  const [first, ...more] = await against(run, force, !inside);
  if (first !== undefined) return no(run, [first, ...more]);
  const complete = await undo(run, null);
  if (!complete) return { state: 'cancelled', failure: null };
  return { state: inside ? 'undone' : 'succeeded', failure: null };
}
