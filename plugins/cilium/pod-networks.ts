import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { nodeName } from '../kube/names.js';
import { ciliumNodes } from './bgp/resources.js';
import { podNetworks, prefixesOf } from './nodes/networks.js';

/** The pod networks of the nodes. */
export const ciliumPodNetworks = defineAction({
  name: 'cilium.pod-networks',
  summary: 'Holds when every node has its pod network, and tells which.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    nodes: z
      .array(nodeName)
      .min(1)
      .max(64)
      .optional()
      .describe('Nodes that must have a pod network; every node that Cilium knows unless told.'),
  }),
  output: z.strictObject({
    networks: z.record(z.string(), z.array(z.string())).describe('Prefixes by node.'),
    prefixes: z.array(z.string()).describe('All of them, in order.'),
  }),
  settle: { timeout: '2m', every: '1s' },
  async check({ target }, input) {
    const known = podNetworks(await ciliumNodes(target));
    const nodes = [...new Set(input.nodes ?? known.keys())].sort();
    const lacks = nodes
      .filter((node) => (known.get(node) ?? []).length === 0)
      .map((node) => (known.has(node) ? `${node} has no pod network` : `Cilium knows no ${node}`));
    if (nodes.length === 0) lacks.push('Cilium knows no nodes');
    const networks = Object.fromEntries(nodes.map((node) => [node, known.get(node) ?? []]));
    return {
      before: null,
      drift: lacks.length === 0 ? null : excerpt(lacks.join('; '), 256),
      output: { networks, prefixes: prefixesOf(networks) },
    };
  },
  examples: [
    { title: 'Of every node', input: {} },
    { title: 'Of a node that has just joined', input: { nodes: ['k8s-w0'] } },
  ],
  notes: `Read from CiliumNode (\`spec.ipam.podCIDRs\`), which is what the agents route and announce; \`podCIDR\` of
the Kubernetes node is another number where Cilium hands the networks out itself (\`ipam.mode: cluster-pool\`).

- The order in which nodes get their networks is not stable: never write them into an inventory.
- A node that joins again may get another one.`,
});
