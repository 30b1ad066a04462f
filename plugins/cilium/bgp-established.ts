import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { formatDuration } from '../../core/duration.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { nodeName } from '../kube/names.js';
import { forEach } from './agent/ask.js';
import { agentsOf, type Agent } from './agent/pods.js';
import { nodeConfigs } from './bgp/resources.js';
import { peersOf } from './bgp/session.js';

const peer = z.union([z.ipv4(), z.ipv6()], 'write an IP address');

const inputSchema = z.strictObject({
  nodes: z
    .array(nodeName)
    .min(1)
    .max(256)
    .optional()
    .describe('Nodes whose sessions must be up; every node that is selected for BGP unless told.'),
  peers: z
    .array(peer)
    .min(1)
    .max(32)
    .optional()
    .describe('Peers that each of these nodes must have, by address.'),
  minUptime: duration()
    .optional()
    .describe('Time that each session must have been up: longer than the hold time proves it.'),
});

/** What is missing on one node, as text; null: nothing. */
async function missing(
  cluster: Target,
  node: string,
  agent: Agent | undefined,
  wanted: readonly string[],
  minUptime: number,
): Promise<string | null> {
  if (agent === undefined) return `${node} has no agent`;
  const peers = await peersOf(cluster, agent);
  if (peers.told === undefined) return `the agent on ${node} does not answer: ${peers.silence}`;
  if (peers.told.length === 0) return `${node} has no peers`;
  const unknown = wanted.filter((address) => !peers.told.some((one) => one.address === address));
  if (unknown.length > 0) return `${node} has no peer ${unknown.join(', ')}`;
  const lacks = peers.told
    .filter(({ address }) => wanted.length === 0 || wanted.includes(address))
    .flatMap(({ address, state, sinceMs }) => {
      if (state !== 'established') return [`${address} is ${state}`];
      return sinceMs < minUptime ? [`${address} is up for ${formatDuration(sinceMs)} only`] : [];
    });
  return lacks.length === 0 ? null : `${node}: ${lacks.join(', ')}`;
}

/** BGP sessions, as each agent reports its own. */
export const ciliumBgpEstablished = defineAction({
  name: 'cilium.bgp-established',
  summary: 'Holds when every agent reports all its BGP sessions established.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    nodes: z.int().describe('Nodes asked.'),
    down: z
      .array(z.string())
      .describe('Nodes whose sessions are not all up, or that do not answer; at most 16.'),
  }),
  settle: { timeout: '5m', every: '1s' },
  async check({ target }, { nodes, peers = [], minUptime = 0 }) {
    const names = nodes ?? (await nodeConfigs(target)).map(({ metadata }) => metadata.name);
    const agents = await agentsOf(target);
    const lacks = await forEach([...new Set(names)], async (node) => ({
      node,
      why: await missing(target, node, agents.get(node), peers, minUptime),
    }));
    const down = lacks.filter(({ why }) => why !== null);
    const text = down.map(({ why }) => why).join('; ');
    const drift = names.length === 0 ? 'no node is selected for BGP' : text;
    return {
      before: null,
      drift: drift === '' ? null : excerpt(drift, 256),
      output: { nodes: lacks.length, down: down.slice(0, 16).map(({ node }) => node) },
    };
  },
  examples: [
    { title: 'Every session of the cluster is up', input: {} },
    {
      title: 'Two nodes have their session with the router',
      input: { nodes: ['k8s-w0', 'k8s-w1'], peers: ['192.168.10.200'] },
    },
    { title: 'Every session is up for longer than the hold time', input: { minUptime: '10s' } },
  ],
  notes: `Every agent is asked itself, eight at a time. \`cilium bgp peers\` exits 0 and leaves out the nodes that
it could not ask; here an agent that does not answer is a failure.

- The status of CiliumBGPNodeConfig is not used: it says \`established\` for long after the end.
- Established is not announced: ask the router (\`frr.routes-present\`).`,
});
