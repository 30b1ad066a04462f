import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { list } from '../kube/api/kubectl.js';
import type { Node } from '../kube/api/objects.js';
import { nodeName } from '../kube/names.js';
import { forEach } from './agent/ask.js';
import {
  algorithms,
  balancingOf,
  dispatches,
  modes,
  seedOf,
  type Balancing,
} from './agent/load-balancing.js';
import { agentsOf, type Agent } from './agent/pods.js';

const inputSchema = z.strictObject({
  nodes: z
    .array(nodeName)
    .min(1)
    .max(256)
    .optional()
    .describe('Nodes whose agents are asked; all nodes of the cluster unless told.'),
  mode: z
    .enum(modes)
    .optional()
    .describe('How replies go back: by the node that took the call (snat), or directly (dsr).'),
  dispatch: z
    .enum(dispatches)
    .optional()
    .describe("With dsr, how a backend on another node learns of the service's address."),
  algorithm: z.enum(algorithms).optional().describe('How a backend is chosen.'),
  tableSize: z.int().min(1).optional().describe('Size of the tables of Maglev.'),
});
type Input = z.output<typeof inputSchema>;

interface Found {
  readonly why: string | null;
  readonly balancing: Balancing | null;
  readonly seed: string | null;
}

function differing(is: Balancing, wanted: Input): string[] {
  return (['mode', 'dispatch', 'algorithm', 'tableSize'] as const)
    .filter((name) => wanted[name] !== undefined && is[name] !== wanted[name])
    .map((name) => `${name} is ${is[name] ?? 'none'} instead of ${wanted[name] ?? ''}`);
}

async function askOne(
  cluster: Target,
  node: string,
  agent: Agent | undefined,
  wanted: Input,
): Promise<Found> {
  const nothing = { balancing: null, seed: null };
  if (agent === undefined) return { why: `${node} has no agent`, ...nothing };
  const balancing = await balancingOf(cluster, agent);
  if (balancing.told === undefined) {
    return { why: `the agent on ${node} does not answer: ${balancing.silence}`, ...nothing };
  }
  const differ = differing(balancing.told, wanted);
  const why = differ.length === 0 ? null : `${node}: ${differ.join(', ')}`;
  if (balancing.told.algorithm !== 'maglev') {
    return { why, balancing: balancing.told, seed: null };
  }
  const seed = await seedOf(cluster, agent);
  if (seed.told !== undefined) return { why, balancing: balancing.told, seed: seed.told };
  return { why: `${node}: ${seed.silence}`, balancing: balancing.told, seed: null };
}

/** The value that all have in common; null where they differ, or there are none. */
function common<T>(values: readonly T[]): T | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? first : null;
}

/** How every agent balances load. */
export const ciliumLoadBalancing = defineAction({
  name: 'cilium.load-balancing',
  summary: 'Asks every agent how it hands calls to backends: mode, dispatch, algorithm, one seed.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    mode: z.string().nullable().describe('Mode of all agents; null where they differ.'),
    dispatch: z
      .string()
      .nullable()
      .describe('Dispatch of all agents; null where they differ, and with snat.'),
    algorithm: z.string().nullable().describe('Algorithm of all agents; null where they differ.'),
    tableSize: z
      .int()
      .nullable()
      .describe('Size of the tables of all agents; null where they differ or there are none.'),
    seed: z
      .string()
      .nullable()
      .describe(
        "Sum of the seed of Maglev that all agents share; `default` for Cilium's own, null where they differ.",
      ),
  }),
  settle: { timeout: '3m', every: '2s' },
  async check({ target }, input) {
    const names =
      input.nodes ?? (await list<Node>(target, 'nodes', [])).map((one) => one.metadata.name);
    const agents = await agentsOf(target);
    const found = await forEach([...new Set(names)].sort(), (node) =>
      askOne(target, node, agents.get(node), input),
    );
    const all = found.map(({ balancing }) => balancing);
    const seeds = found.map(({ seed }) => seed);
    const lacks = found.map(({ why }) => why).filter((why) => why !== null);
    const different = new Set(seeds.filter((seed) => seed !== null)).size;
    if (input.algorithm === 'maglev' && different > 1) lacks.push(`agents have ${different} seeds`);
    const drift = names.length === 0 ? 'there are no nodes' : lacks.join('; ');
    return {
      before: null,
      drift: drift === '' ? null : excerpt(drift, 256),
      output: {
        mode: common(all.map((one) => one?.mode ?? null)),
        dispatch: common(all.map((one) => one?.dispatch ?? null)),
        algorithm: common(all.map((one) => one?.algorithm ?? null)),
        tableSize: common(all.map((one) => one?.tableSize ?? null)),
        seed: common(seeds),
      },
    };
  },
  examples: [
    { title: 'What the agents do now', input: {} },
    {
      title: 'Every agent answers directly, and chooses the same backend for a call',
      input: { mode: 'dsr', dispatch: 'geneve', algorithm: 'maglev' },
    },
  ],
  notes: `Every agent is asked itself, eight at a time, with \`cilium-dbg status -o json\`: \`kubectl exec ds/cilium\` asks
one of them, whichever it is. Without conditions it holds where all answer, and tells.

- Nodes must choose the same backend for a call, or a call that a router sends to another node in the
  middle of a flow is reset: with \`algorithm: maglev\` all agents must have one seed. The status does not
  tell it: it is read where the agent read it when it was started. Shown is a sum.
- What an agent says here is what it was configured to do. Where the kernel lacks a device it says so
  too: ask for the health of its modules as well (\`cilium.agents-healthy\`).`,
});
