import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from '../kube/api/kubectl.js';
import type { Node } from '../kube/api/objects.js';
import { nodeName } from '../kube/names.js';
import { forEach } from './agent/ask.js';
import { agentsOf } from './agent/pods.js';
import { unwell } from './agent/wellness.js';

/** The health of every agent, asked itself. */
export const ciliumAgentsHealthy = defineAction({
  name: 'cilium.agents-healthy',
  summary: 'Holds when every agent answers, is well by its own word, and has no degraded module.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    nodes: z
      .array(nodeName)
      .min(1)
      .max(256)
      .optional()
      .describe('Nodes whose agents are asked; all nodes of the cluster unless told.'),
  }),
  output: z.strictObject({
    agents: z.int().describe('Agents asked.'),
    unwell: z.array(z.string()).describe('Nodes whose agent is not well; at most 16.'),
  }),
  settle: { timeout: '3m', every: '2s' },
  async check({ target }, { nodes }) {
    const names = nodes ?? (await list<Node>(target, 'nodes', [])).map((one) => one.metadata.name);
    const agents = await agentsOf(target);
    const found = await forEach([...new Set(names)].sort(), async (node) => {
      const agent = agents.get(node);
      return { node, why: agent === undefined ? 'has no agent' : await unwell(target, agent) };
    });
    const lacks = found.filter(({ why }) => why !== null);
    const text = lacks.map(({ node, why }) => `${node}: ${why ?? ''}`).join('; ');
    const drift = names.length === 0 ? 'there are no nodes' : text;
    return {
      before: null,
      drift: drift === '' ? null : excerpt(drift, 256),
      output: { agents: found.length, unwell: lacks.slice(0, 16).map(({ node }) => node) },
    };
  },
  examples: [
    { title: 'All agents are well', input: {} },
    { title: 'Two of them are', input: { nodes: ['k8s-w0', 'k8s-w1'] } },
  ],
  notes: `\`cilium.agent-ready\` for all nodes: \`cilium-dbg status\` and the health of modules, in each agent. A pod that
is Ready and a status that is OK do not prove a datapath: where the kernel cannot make a device, calls
pass through the programs of before, until the next restart of the machine, and only a degraded module
(\`orchestrator/job-reinitialize\`) tells.`,
});
