import { nameOf, type Node, type Pod } from '../api/objects.js';
import { misfit } from '../pods/placement.js';
import { requested } from '../pods/requests.js';
import { amounts, minus, type Amounts } from './quantity.js';

/** A node that could take pods, and what is still free there. */
export interface Room {
  readonly node: Node;
  readonly free: Amounts;
}

/** What is free on a node with these pods on it. */
export function roomOn(node: Node, used: Amounts): Room {
  return { node, free: minus(amounts(node.status?.allocatable), used) };
}

/** The resource of which there is not enough, or null. */
function lacks(free: Amounts, wanted: Amounts): string | null {
  return Object.keys(wanted).find((name) => (wanted[name] ?? 0) > (free[name] ?? 0)) ?? null;
}

/** Share of the largest node that a pod would take of what it takes most of. */
function weight(wanted: Amounts, rooms: readonly Room[]): number {
  return Math.max(
    0,
    ...Object.entries(wanted).map(([name, amount]) => {
      const largest = Math.max(...rooms.map(({ free }) => free[name] ?? 0));
      return largest <= 0 ? Number.MAX_VALUE : amount / largest;
    }),
  );
}

/**
 * Places pods on nodes, the largest first, each on the first node that takes it.
 * @returns the pods that fit nowhere, with the reason per node.
 */
export function fit(pods: readonly Pod[], rooms: readonly Room[]): string[] {
  const free = rooms.map((room) => ({ ...room }));
  const wishes = pods.map((pod) => ({ pod, wanted: requested(pod.spec) }));
  const sorted = wishes
    .map((wish) => ({ ...wish, weight: weight(wish.wanted, rooms) }))
    .sort((a, b) => b.weight - a.weight || (nameOf(a.pod) < nameOf(b.pod) ? -1 : 1));
  const failures: string[] = [];
  for (const { pod, wanted } of sorted) {
    const reasons: string[] = [];
    let placed = false;
    for (const room of free) {
      const reason = misfit(pod, room.node) ?? lacks(room.free, wanted);
      if (reason === null) {
        room.free = minus(room.free, wanted);
        placed = true;
        break;
      }
      reasons.push(`${room.node.metadata.name}: ${reason}`);
    }
    if (!placed) {
      const why = reasons.length === 0 ? 'there is no other node' : reasons.slice(0, 3).join(', ');
      failures.push(`${nameOf(pod)} fits nowhere (${why})`);
    }
  }
  return failures;
}
