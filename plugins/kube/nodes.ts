import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { conditionOf, type Node } from './api/objects.js';
import { listing } from './listing.js';
import { labelSelector, nodeName } from './names.js';
import { isSchedulable } from './nodes/look.js';

const fact = z.strictObject({
  name: z.string().describe('Name of the node.'),
  address: z.string().nullable().describe('Its InternalIP; null where it has none.'),
  kubelet: z.string().nullable().describe('Version of its kubelet.'),
  runtime: z.string().nullable().describe('Container runtime with its version.'),
  kernel: z.string().nullable().describe('Release of its kernel.'),
  ready: z.boolean().describe('Whether it is Ready, as the API says.'),
  schedulable: z.boolean().describe('False where it is cordoned.'),
});

function factOf(node: Node): z.output<typeof fact> {
  const { addresses = [], nodeInfo = {} } = node.status ?? {};
  return {
    name: node.metadata.name,
    address: addresses.find(({ type }) => type === 'InternalIP')?.address ?? null,
    kubelet: nodeInfo.kubeletVersion ?? null,
    runtime: nodeInfo.containerRuntimeVersion ?? null,
    kernel: nodeInfo.kernelVersion ?? null,
    ready: conditionOf(node, 'Ready')?.status === 'True',
    schedulable: isSchedulable(node),
  };
}

/** What names lack and have too much, as text; null where they are exactly the wanted ones. */
function mismatch(names: readonly string[], wanted: readonly string[]): string | null {
  const absent = wanted.filter((name) => !names.includes(name));
  const extra = names.filter((name) => !wanted.includes(name));
  const parts = [
    ...(absent.length === 0 ? [] : [`missing: ${listing(absent)}`]),
    ...(extra.length === 0 ? [] : [`not expected: ${listing(extra)}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** The nodes of a cluster, with their facts. */
export const kubeNodes = defineAction({
  name: 'kube.nodes',
  summary: 'Tells the nodes of a cluster, or of a selector, with their addresses and versions.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    selector: labelSelector
      .optional()
      .describe('Labels of the nodes to look at, such as enable-bgp=true; all unless told.'),
    names: z
      .array(nodeName)
      .max(256)
      .optional()
      .describe('Exactly the nodes that there must be; any unless told.'),
  }),
  output: z.strictObject({
    count: z.int().describe('Nodes that there are.'),
    nodes: z.array(fact).describe('Their facts; as many as fit.'),
    more: z.int().describe('Nodes whose facts are left out.'),
  }),
  async check({ target }, { selector, names }) {
    const options = selector === undefined ? [] : [`--selector=${selector}`];
    const found = (await list<Node>(target, 'nodes', options))
      .map(factOf)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const there = found.map(({ name }) => name);
    const what = selector === undefined ? 'nodes' : `nodes with ${selector}`;
    const differs = names === undefined ? null : mismatch(there, names);
    const drift = found.length === 0 && names === undefined ? 'there are none' : differs;
    const { kept, more } = fitting(found, 900);
    return {
      before: null,
      drift: drift === null ? null : excerpt(`${what}: ${drift}`, 256),
      output: { count: found.length, nodes: kept, more },
    };
  },
  examples: [
    { title: 'Which nodes, and which versions', input: {} },
    {
      title: 'Exactly these nodes take part in BGP',
      input: { selector: 'enable-bgp=true', names: ['k8s-ctr', 'k8s-w0', 'k8s-w1'] },
    },
  ],
  notes: `For reports, and for later steps that need an address or a version. With \`names\` it is a condition:
the selector finds exactly these nodes, no other and none less. A label that is not copied to what
depends on it is another matter: \`cilium.bgp-peering\` asks for that.

- Without \`names\` it holds where there is a node at all.
- "Ready" is what the API says; a node that has just crashed is still called so for up to 40 s.`,
});
