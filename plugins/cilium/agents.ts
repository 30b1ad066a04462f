import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { list } from '../kube/api/kubectl.js';
import type { Node } from '../kube/api/objects.js';
import { nodeName } from '../kube/names.js';
import { ask, forEach } from './agent/ask.js';
import { bgpSetting, differing, parseConfig } from './agent/config.js';
import { agentsOf, type Agent } from './agent/pods.js';
import { ciliumNodes } from './bgp/resources.js';

const inputSchema = z.strictObject({
  nodes: z
    .array(nodeName)
    .min(1)
    .max(256)
    .optional()
    .describe('Nodes whose agents are asked; all nodes of the cluster unless told.'),
  settings: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,79}$/, 'not the name of a setting'),
      z.union([z.string().max(200), z.number(), z.boolean()]),
    )
    .default({})
    .describe(
      'Settings that every agent must run with, by the names of `cilium-dbg config -a -o json`.',
    ),
});
type Settings = z.output<typeof inputSchema>['settings'];

const fact = z.strictObject({
  node: z.string().describe('Node of the agent.'),
  version: z.string().nullable().describe('Tag of its image.'),
  bgp: z.boolean().nullable().describe('Whether its BGP control plane runs; null: it is silent.'),
  podCidrs: z.array(z.string()).describe('Pod networks of the node.'),
});

/** `v1.18.0` of `quay.io/cilium/cilium:v1.18.0@sha256:…`. */
function tagOf(image: string | null): string | null {
  return /:([^:/@]+)(?:@|$)/.exec(image ?? '')?.[1] ?? null;
}

interface Found {
  readonly why: string | null;
  readonly bgp: boolean | null;
}

async function askOne(
  cluster: Target,
  node: string,
  agent: Agent | undefined,
  settings: Settings,
): Promise<Found> {
  if (agent === undefined) return { why: `${node} has no agent`, bgp: null };
  const config = await ask(cluster, agent, ['config', '-a'], parseConfig);
  if (config.told === undefined) {
    return { why: `the agent on ${node} does not answer: ${config.silence}`, bgp: null };
  }
  const differ = differing(config.told, settings);
  return {
    why: differ.length === 0 ? null : `${node}: ${differ.join(', ')}`,
    bgp: config.told[bgpSetting] === true,
  };
}

/** What every agent runs with. */
export const ciliumAgents = defineAction({
  name: 'cilium.agents',
  summary: 'Asks every agent what it runs with: version, BGP, settings, and its pod networks.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    agents: z.array(fact).describe('Facts of each agent; as many as fit.'),
    podCidrs: z.array(z.string()).describe('Pod networks of these nodes; as many as fit.'),
    more: z.int().describe('Agents whose facts are left out.'),
  }),
  settle: { timeout: '3m', every: '2s' },
  async check({ target }, { nodes, settings }) {
    const names = nodes ?? (await list<Node>(target, 'nodes', [])).map((one) => one.metadata.name);
    const agents = await agentsOf(target);
    const networks = new Map(
      (await ciliumNodes(target)).map(({ metadata, spec }) => [
        metadata.name,
        [...(spec?.ipam?.podCIDRs ?? [])],
      ]),
    );
    const found = await forEach([...new Set(names)].sort(), async (node) => {
      const agent = agents.get(node);
      const { why, bgp } = await askOne(target, node, agent, settings);
      const podCidrs = networks.get(node) ?? [];
      return { why, fact: { node, version: tagOf(agent?.image ?? null), bgp, podCidrs } };
    });
    const lacks = found.map(({ why }) => why).filter((why) => why !== null);
    const drift = names.length === 0 ? 'there are no nodes' : lacks.join('; ');
    const { kept, more } = fitting(
      found.map((one) => one.fact),
      600,
    );
    const all = found.flatMap((one) => one.fact.podCidrs);
    return {
      before: null,
      drift: drift === '' ? null : excerpt(drift, 256),
      output: { agents: kept, podCidrs: fitting(all, 300).kept, more },
    };
  },
  examples: [
    { title: 'What the agents run with', input: {} },
    {
      title: 'The BGP control plane runs in every agent, and reports its state',
      input: {
        settings: { EnableBGPControlPlane: true, EnableBGPControlPlaneStatusReport: true },
      },
    },
    {
      title: 'Two nodes report the state of their sessions no more',
      input: {
        nodes: ['k8s-w0', 'k8s-w1'],
        settings: { EnableBGPControlPlaneStatusReport: false },
      },
    },
  ],
  notes: `Agents read the ConfigMap \`cilium-config\` when they start: after a \`helm upgrade\` it says one thing, and
the agents do another until they are restarted. \`cilium config view\` shows the ConfigMap;
\`kubectl exec ds/cilium\` asks one agent, whichever it is. So every agent is asked itself, with
\`cilium-dbg config -a -o json\`, eight at a time.

- An agent that does not answer, and a node without one, is drift: silence proves nothing.
- Names of settings are those of the agent's own configuration, and differ between versions: a name
  that a version does not know is drift.
- The version is the tag of the image of the pod that runs on the node.`,
});
