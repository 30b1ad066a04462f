import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { ask } from './kubectl.js';
import { failureOf, type Refusal } from './failure.js';

/** Writes are tried this often against others that change the same object meanwhile. */
const tries = 5;

/** Arguments of kubectl that change what was read and nothing newer. */
export interface Write {
  readonly args: readonly string[];
  readonly input?: string;
  /** Reasons of a refusal that mean that somebody was quicker, besides a conflict. */
  readonly again?: readonly string[];
}

/** A write, or its arguments alone; null where nothing is to do. */
type Wanted = readonly string[] | Write | null;

/** The write did not happen: the object is no longer the one that was read. */
function overtaken({ reason, message }: Refusal, again: readonly string[]): boolean {
  if (reason !== null && again.includes(reason)) return true;
  return reason === 'Conflict' || /the object has been modified/.test(message);
}

/**
 * Looks, decides and writes, until the write meets the object that was looked at. `write` gives what
 * changes that and nothing newer, or null where nothing is to do.
 * @throws RunbookError `action-failed` where others are always quicker; what kubectl is refused with.
 */
export async function compareAndSet<T>(
  cluster: Target,
  doing: string,
  look: () => Promise<T>,
  write: (found: T) => Wanted | Promise<Wanted>,
): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const wanted = await write(await look());
    if (wanted === null) return;
    const { args, input, again = [] }: Write = 'args' in wanted ? wanted : { args: wanted };
    const answer = await ask(cluster, args, { doing, ...(input === undefined ? {} : { input }) });
    if (answer.ok) return;
    if (!overtaken(answer.refusal, again)) throw failureOf(cluster.name, doing, answer.refusal);
  }
  throw new RunbookError(
    'action-failed',
    `${cluster.name}: ${doing}: the object was changed by others during each of ${tries} attempts`,
  );
}
