import type { Node, Pod } from '../api/objects.js';
import { isSchedulable } from '../nodes/look.js';
import { unreadiness } from '../nodes/ready.js';
import { isEnding } from './drainable.js';
import { misfit } from './placement.js';

/** How pods are spread over the nodes that could take them. */
export interface Spread {
  /** Pods per node; nodes that cannot take one are left out unless they have some. */
  readonly counts: Readonly<Record<string, number>>;
  /** The fullest node has so many more than the emptiest. */
  readonly skew: number;
  /** Pods that are on no node yet. */
  readonly unplaced: number;
}

function isGone({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/**
 * Counts the pods per node. A node takes part where it is ready, not cordoned, and the scheduler would
 * place such a pod on it: what a taint keeps away is no gap in the spread.
 */
export function spreadOf(all: readonly Pod[], nodes: readonly Node[]): Spread {
  const pods = all.filter((pod) => !isEnding(pod) && !isGone(pod));
  const [sample] = pods;
  const open = nodes.filter(
    (node) =>
      isSchedulable(node) &&
      unreadiness(node) === null &&
      (sample === undefined || misfit(sample, node) === null),
  );
  const counts: Record<string, number> = Object.fromEntries(
    open.map(({ metadata }) => [metadata.name, 0]),
  );
  let unplaced = 0;
  for (const { spec } of pods) {
    if (spec.nodeName === undefined) unplaced += 1;
    else counts[spec.nodeName] = (counts[spec.nodeName] ?? 0) + 1;
  }
  const numbers = Object.values(counts);
  const skew = numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers);
  return { counts, skew, unplaced };
}
