import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { find } from './api/kubectl.js';
import { conditionOf, type Node } from './api/objects.js';
import { nodeName } from './names.js';
import { renewalOf } from './nodes/lease.js';
import { unreadiness } from './nodes/ready.js';

/** Heartbeats are written in whole seconds, rounded down. */
const toleranceMs = 1000;

/** Why `Ready` cannot be believed, as text; null where it can. */
async function disbelief(
  ctx: ActionContext,
  name: string,
  since: string | undefined,
): Promise<string | null> {
  const renewal = await renewalOf(ctx, name);
  if (!('at' in renewal)) {
    const last = renewal.last === null ? 'it has none' : `last renewed ${renewal.last}`;
    return `${name} is called Ready, but its kubelet does not renew its lease: ${last}`;
  }
  // A kubelet that has just come up renews its lease before it reports what it found.
  const node = await find<Node>(ctx.target, 'node', name);
  if (node === null) return `there is no node ${name}`;
  const unready = unreadiness(node);
  if (unready !== null || since === undefined) return unready;
  const reported = conditionOf(node, 'Ready')?.lastHeartbeatTime ?? '';
  const reportedHere = Date.parse(reported) - renewal.clockAhead;
  if (reportedHere + toleranceMs >= Date.parse(since)) return null;
  return `${name} is called Ready, but by a report from ${reported}, before ${since}`;
}

/** Whether a node is ready, and its kubelet alive. */
export const kubeNodeReady = defineAction({
  name: 'kube.node-ready',
  summary: 'Holds when a node is Ready and its kubelet is seen to be alive.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  settle: { timeout: '3m', every: '1s' },
  input: z.strictObject({
    node: nodeName.describe('Node that must be ready.'),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe(
        'Only a report of this time or later counts: after a reboot, the time when the machine was started.',
      ),
    address: z
      .union([z.ipv4(), z.ipv6()])
      .optional()
      .describe('Internal address that it must have.'),
  }),
  output: z.strictObject({
    kubelet: z.string().nullable().describe('Version of its kubelet, such as v1.33.13.'),
    address: z.string().nullable().describe('Its internal address.'),
    bootId: z
      .string()
      .nullable()
      .describe('Boot that the kubelet reports; another one after a reboot.'),
  }),
  async check(ctx, input) {
    const node = await find<Node>(ctx.target, 'node', input.node);
    const unready = node === null ? `there is no node ${input.node}` : unreadiness(node);
    const { addresses, nodeInfo } = node?.status ?? {};
    const address = addresses?.find(({ type }) => type === 'InternalIP')?.address ?? null;
    const elsewhere = input.address !== undefined && address !== input.address;
    const drift =
      unready ??
      (elsewhere
        ? `${input.node} has the internal address ${address ?? 'none'}, not ${input.address}`
        : await disbelief(ctx, input.node, input.since));
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: {
        kubelet: nodeInfo?.kubeletVersion ?? null,
        address,
        bootId: nodeInfo?.bootID ?? null,
      },
    };
  },
  examples: [
    { title: 'k8s-w0 is in service', input: { node: 'k8s-w0' } },
    {
      title: 'k8s-w0 has joined with the right address',
      input: { node: 'k8s-w0', address: '192.168.20.100' },
    },
    {
      title: 'k8s-w0 is back after its reboot',
      input: { node: 'k8s-w0', since: '2026-11-23T18:42:00Z' },
    },
  ],
  notes: `\`Ready\` alone is no proof: for 20 to 40 s after a crash, and for some seconds after the next start,
the API still shows what the dead kubelet said last.

- Ready counts only when the node's lease in kube-node-lease is renewed between two looks. That takes up
  to 10 s, the interval at which kubelets renew.
- With \`since\`, the condition itself must have been reported after that time. The node's clock is
  compared with the worker's by the renewal that was seen, so they need not agree.
- Without a network plugin a node never is ready.`,
});
