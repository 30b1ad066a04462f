import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { nodeName } from '../kube/names.js';
import { nodeOf } from '../kube/nodes/look.js';
import { agentsOf, type Agent } from './agent/pods.js';
import { unwell } from './agent/wellness.js';

const inputSchema = z.strictObject({
  node: nodeName.describe('Node whose agent must be ready.'),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      "The agent's container must have been started at this time or later, by the node's clock.",
    ),
  bootId: z
    .string()
    .regex(/^[0-9a-f-]{8,64}$/i, 'not a boot ID')
    .optional()
    .describe('Boot that the kubelet must report, as /proc/sys/kernel/random/boot_id shows it.'),
});
type Input = z.output<typeof inputSchema>;

/** Why the agent is not ready, as text; null where it is. */
async function unreadiness(
  cluster: Target,
  agent: Agent | undefined,
  { since }: Input,
): Promise<string | null> {
  if (agent === undefined) return 'there is no agent pod';
  const { pod, startedAt } = agent;
  if (
    since !== undefined &&
    startedAt !== null &&
    Date.parse(startedAt) < Math.floor(Date.parse(since) / 1000) * 1000
  ) {
    return `the container of ${pod} was started at ${startedAt}, before ${since}`;
  }
  return unwell(cluster, agent);
}

/** The agent of one node, asked itself. */
export const ciliumAgentReady = defineAction({
  name: 'cilium.agent-ready',
  summary:
    "Holds when a node's Cilium agent runs on this boot, answers, and has no degraded module.",
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    pod: z.string().nullable().describe('Name of the agent pod.'),
    startedAt: z
      .string()
      .nullable()
      .describe("When its container was started, by the node's clock."),
    bootId: z.string().nullable().describe('Boot that the kubelet reports.'),
  }),
  settle: { timeout: '3m', every: '1s' },
  async check({ target }, input) {
    const node = await nodeOf(target, input.node);
    const agent = (await agentsOf(target, input.node)).get(input.node);
    const bootId = node.status?.nodeInfo?.bootID ?? null;
    const booted = input.bootId === undefined || bootId === input.bootId;
    const why = booted
      ? await unreadiness(target, agent, input)
      : `the kubelet still reports boot ${bootId ?? 'none'}`;
    return {
      before: null,
      drift: why === null ? null : excerpt(`${input.node}: ${why}`, 256),
      output: { pod: agent?.pod ?? null, startedAt: agent?.startedAt ?? null, bootId },
    };
  },
  examples: [
    { title: 'The agent of a node is back after its reboot', input: { node: 'k8s-w0' } },
    {
      title: 'The agent was restarted since the upgrade',
      input: { node: 'k8s-w0', since: '2026-11-23T18:47:42Z' },
    },
  ],
  notes: `After a crash the API calls the pod Ready until the control plane has noticed (20 to 40 s), and again
for some seconds when the machine has started and its kubelet has not yet looked. So the API's word is
not enough: \`cilium-dbg status\` is run in the agent's container. Only a container that runs now, on
this boot, can answer.

- \`cilium-dbg status\` must call the agent, Kubernetes, its key-value store and the CNI file Ok.
- No module may be degraded. With a device that the kernel lacks (geneve) pods stay 1/1, the status is
  OK, and calls still pass through the programs of before; only
  \`orchestrator/job-reinitialize [DEGRADED]\` tells.
- An agent that is ready has routes to announce, but need not have a session yet: wait for
  \`cilium.bgp-established\` and for the routes on the router.`,
});
