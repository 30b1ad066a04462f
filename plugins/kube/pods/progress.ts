import { count, listing } from '../listing.js';
import { isEnding } from './drainable.js';
import { nameOf, type Pod } from '../api/objects.js';

/** How a pod stands on its way off the node. */
export interface Waiting {
  readonly pod: Pod;
  /** Why the eviction API refuses it for now; null where it does not. */
  readonly refused: string | null;
}

/** What is still to be done, as one text: who refuses first, then who has to end. */
export function progressOf(waiting: readonly Waiting[], total: number): string {
  const blocked = waiting.filter(({ refused }) => refused !== null);
  const ending = waiting.filter(({ pod }) => isEnding(pod)).map(({ pod }) => nameOf(pod));
  const parts = [`${total - waiting.length} of ${count(total, 'pod')} gone`];
  const [first] = blocked;
  if (first !== undefined) {
    const more = blocked.length === 1 ? '' : `; ${blocked.length - 1} more refused`;
    parts.push(`${nameOf(first.pod)}: ${first.refused}${more}`);
  }
  if (ending.length > 0) parts.push(`ending: ${listing(ending)}`);
  return parts.join('; ');
}
