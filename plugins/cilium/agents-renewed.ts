import { z } from 'zod';
import { defineAction, duration, type ActionContext } from '../../core/action.js';
import { formatDuration } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { count, listing } from '../kube/listing.js';
import { nodeName, objectName } from '../kube/names.js';
import { configMap } from './renewal/age.js';
import { renew, type Renewal } from './renewal/renew.js';
import { see, statesOf } from './renewal/state.js';

const inputSchema = z.strictObject({
  nodes: z
    .array(nodeName)
    .min(1)
    .max(256)
    .optional()
    .describe('Nodes whose agents are renewed, in this order; all by name unless told.'),
  replace: z
    .array(objectName)
    .max(256)
    .default([])
    .describe('Pods that must be gone in any case, by name: for a restart that changes nothing.'),
  within: duration()
    .optional()
    .describe(
      'The longest that the BGP sessions of an agent may be away: less than routers keep its routes.',
    ),
  patience: duration()
    .prefault('3m')
    .refine((ms) => ms >= 1000 && ms <= 1_800_000, 'between 1s and 30m')
    .describe('The longest that one agent may take until it is well, with all its sessions.'),
});

/** Agents replaced one after the other. */
export const ciliumAgentsRenewed = defineAction({
  name: 'cilium.agents-renewed',
  summary: 'Replaces agents that are older than their configuration, one node after the other.',
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  timeout: '60m',
  settle: { timeout: '3m', every: '2s' },
  input: inputSchema,
  output: z.strictObject({
    renewed: z.array(z.string()).describe('Nodes whose agent was replaced; at most 16.'),
    longestAwayMs: z
      .int()
      .nullable()
      .describe('The longest that sessions of one of them were away; null where none was.'),
  }),
  resource: () => 'cilium/agents',
  async check({ target }, input) {
    const seen = await see(target);
    const all = [...new Set([...(input.nodes ?? []), ...seen.nodes])];
    const found = await statesOf(target, seen, all, input.replace);
    const chosen = found.filter(({ node }) => input.nodes?.includes(node) !== false);
    const old = chosen.filter(({ age }) => age !== null);
    const unwell = chosen.filter(({ lacks }) => lacks !== null);
    const parts = [
      ...(old.length === 0
        ? []
        : [`${count(old.length, 'agent')} to renew: ${listing(old.map(({ node }) => node))}`]),
      ...unwell.map(({ node, lacks }) => `${node}: ${lacks ?? ''}`),
    ];
    return {
      before: {
        outdated: found.filter(({ age }) => age === 'config' || age === 'template').length,
        unwell: unwell.length,
      },
      drift: parts.length === 0 ? null : excerpt(parts.join('; '), 256),
      output: { renewed: [], longestAwayMs: null },
    };
  },
  async apply(ctx, input) {
    const nodes = input.nodes ?? (await see(ctx.target)).nodes;
    const times = await renewAll(ctx, nodes, { ...input, silent: false }, input.within);
    const away = [...times.values()].filter((ms) => ms !== null);
    return {
      renewed: [...times.keys()].slice(0, 16),
      longestAwayMs: away.length === 0 ? null : Math.max(...away),
    };
  },
  async undo(ctx, input) {
    // An agent that ended at its start, for what it was given, does not tell what that was.
    const renewal = { replace: [], silent: true, patience: input.patience };
    await renewAll(ctx, (await see(ctx.target)).nodes, renewal);
  },
  restored(_, found) {
    if (found.outdated > 0) return `${count(found.outdated, 'agent')} older than ${configMap}`;
    return found.unwell === 0 ? null : `${count(found.unwell, 'agent')} not well`;
  },
  examples: [
    { title: 'Every agent runs with what is configured now', input: { within: '15s' } },
    {
      title: 'How long a restart takes, tried on one node',
      input: { nodes: ['k8s-w0'], replace: ['cilium-24ql9'], within: '15s' },
    },
  ],
  notes: `Agents read the ConfigMap \`${configMap}\` when their pod is made, and \`helm upgrade\` restarts none. Each agent is
asked what it was made with, setting by setting; one that differs from the ConfigMap as it is now, or was
made by an older template, is renewed. The next one follows when all others are Ready, and this one is a
new pod, answers, has no degraded module, and has its BGP sessions up again: what is wrong with a
configuration stops at the first node.

- What a CiliumNodeConfig gives to some nodes is not compared.
- \`within\` measures from the request to end the old pod until the last session is up; a longer time
  is a failure, though the agent is back. Routers keep routes for what \`frr.restart-time\` tells.
- Where the pods' template changed as well (\`rollOutCiliumPods\`), the DaemonSet replaces them by itself,
  as many at a time as its \`maxUnavailable\`; then this waits for them, and measures nothing. Nor
  does it measure what an attempt of a lost worker has begun.
- Undo renews every agent of the cluster that is older than what is configured by then, or silent. Restarts are of
  use only after the configuration is back: name this step in \`afterUndo\` of the one that changes it.
- Pods go by the eviction API, by their uid: a budget for agents is respected, and a successor of a lost
  attempt is never taken for the old one.`,
});

/** Renews what is to be renewed; answers for how long sessions were away, by node. */
async function renewAll(
  ctx: ActionContext,
  nodes: readonly string[],
  renewal: Renewal,
  within?: number,
): Promise<ReadonlyMap<string, number | null>> {
  const times = new Map<string, number | null>();
  for (const node of nodes) {
    const done = await renew(ctx, node, renewal);
    if (done === null) continue;
    times.set(node, done.awayMs);
    if (within === undefined || done.awayMs === null || done.awayMs <= within) continue;
    throw new PermanentError(
      'not-settled',
      `${ctx.target.name}: the sessions of ${node} were away for ${formatDuration(done.awayMs)}, longer than ${formatDuration(within)}`,
      {
        hint: 'The agent is back, and no further one was touched. Let routers keep routes for longer (gracefulRestart of the CiliumBGPPeerConfig), or retry to go on as it is.',
      },
    );
  }
  return times;
}
