import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import type { Node } from './api/objects.js';
import { nodeName } from './names.js';
import { isSchedulable } from './nodes/look.js';
import { unreadiness } from './nodes/ready.js';

/** What is wrong with a node, as text; null where nothing is. */
function complaint(node: Node): string | null {
  const { name, deletionTimestamp } = node.metadata;
  if (deletionTimestamp !== undefined) return `${name} is being deleted`;
  return unreadiness(node) ?? (isSchedulable(node) ? null : `${name} is cordoned`);
}

/** Whether the other nodes are ready and schedulable. */
export const kubeNodesHealthy = defineAction({
  name: 'kube.nodes-healthy',
  summary: 'Holds when all nodes, or all others, are Ready and schedulable.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    except: z
      .union([nodeName, z.array(nodeName)])
      .optional()
      .describe('Node, or nodes, that need not be healthy: those that are to be worked on.'),
    expected: z
      .int()
      .min(1)
      .optional()
      .describe('Number of nodes that the cluster must have, those of `except` included.'),
  }),
  output: z.strictObject({
    nodes: z.int().describe('Nodes that the cluster has.'),
    healthy: z.int().describe('Nodes that are Ready and schedulable.'),
  }),
  async check({ target }, input) {
    const nodes = await list<Node>(target, 'nodes', []);
    const except = new Set(typeof input.except === 'string' ? [input.except] : input.except);
    const names = new Set(nodes.map(({ metadata }) => metadata.name));
    const found = nodes.map((node) => ({ name: node.metadata.name, why: complaint(node) }));
    const drift = [...except].filter((name) => !names.has(name)).map((name) => `no node ${name}`);
    if (nodes.length === 0) drift.push(`${target.name} has no nodes`);
    if (input.expected !== undefined && nodes.length !== input.expected) {
      drift.push(`${nodes.length} nodes instead of ${input.expected}`);
    }
    for (const { name, why } of found) if (why !== null && !except.has(name)) drift.push(why);
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { nodes: nodes.length, healthy: found.filter(({ why }) => why === null).length },
    };
  },
  examples: [
    { title: 'All other nodes are in service', input: { except: 'k8s-w0' } },
    { title: 'The cluster is complete', input: { expected: 3 } },
  ],
  notes: `A cordoned node counts as unhealthy: somebody else may be working on it.
A node that has just crashed is still called Ready for up to 40 s; kube.node-ready tells it apart.`,
});
