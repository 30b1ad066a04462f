import { conditionOf, type Node } from '../api/objects.js';

/** Why the control plane does not call a node Ready, as text; null where it does. */
export function unreadiness(node: Node): string | null {
  const ready = conditionOf(node, 'Ready');
  if (ready === undefined) return `${node.metadata.name} has not reported yet`;
  if (ready.status === 'True') return null;
  const { reason = '', message = '' } = ready;
  const state = ready.status === 'Unknown' ? 'unknown' : 'not ready';
  return `${node.metadata.name} is ${state} (${reason}: ${message})`;
}
