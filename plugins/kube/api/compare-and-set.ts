import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { ask } from './kubectl.js';
import { failureOf, type Refusal } from './failure.js';

/** Writes are tried this often against others that change the same object meanwhile. */
const tries = 5;

/** The write did not happen: the object is no longer the one that was read. */
function overtaken({ reason, message }: Refusal): boolean {
  return reason === 'Conflict' || /the object has been modified/.test(message);
}

/**
 * Looks, decides and writes, until the write meets the object that was looked at. `write` gives the
 * arguments of kubectl that change what was read and nothing newer, or null where nothing is to do.
 * @throws RunbookError `action-failed` where others are always quicker; what kubectl is refused with.
 */
export async function compareAndSet<T>(
  cluster: Target,
  doing: string,
  look: () => Promise<T>,
  write: (found: T) => readonly string[] | null,
): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const args = write(await look());
    if (args === null) return;
    const answer = await ask(cluster, args, { doing });
    if (answer.ok) return;
    if (!overtaken(answer.refusal)) throw failureOf(cluster.name, doing, answer.refusal);
  }
  throw new RunbookError(
    'action-failed',
    `${cluster.name}: ${doing}: the object was changed by others during each of ${tries} attempts`,
  );
}
