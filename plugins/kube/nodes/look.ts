import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { find } from '../api/kubectl.js';
import type { Node } from '../api/objects.js';

/**
 * The node of that name.
 * @throws PermanentError `refused` where there is none.
 */
export async function nodeOf(cluster: Target, name: string): Promise<Node> {
  const node = await find<Node>(cluster, 'node', name);
  if (node !== null) return node;
  throw new PermanentError('refused', `${cluster.name} has no node '${name}'`, {
    hint: 'kubectl get nodes lists them; the name is that of the node object, not of the machine.',
  });
}

/** Whether the scheduler may place pods there. */
export function isSchedulable(node: Node): boolean {
  return node.spec.unschedulable !== true;
}

/** The taint by which the control plane keeps pods off a cordoned node. */
export const cordonTaint = 'node.kubernetes.io/unschedulable';
