import { z } from 'zod';
import { defineAction, targetName } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { registration } from './input.js';
import { join, leave, leftToken } from './membership.js';
import { lookAt, missing } from './membership-state.js';

/** Makes a machine a node of a cluster. */
export const kubeadmNode = defineAction({
  name: 'kubeadm.node',
  summary: 'Joins a machine to a cluster as a worker, by kubeadm join.',
  impact: 'disrupt',
  on: 'host',
  slow: true,
  timeout: '8m',
  settle: { timeout: '90s', every: '1s' },
  input: z.strictObject({
    ...registration,
    controlPlane: targetName('host').describe(
      "Host of the cluster's control plane, with the administrator's credentials of kubeadm.",
    ),
    reset: z
      .boolean()
      .default(false)
      .describe('Takes the machine out of another cluster that it is a node of.'),
  }),
  output: z.strictObject({
    node: z.string().describe('Name of the node object.'),
  }),
  resource: ({ nodeName }) => `node/${nodeName}/member`,
  async check(ctx, input) {
    const found = await lookAt(ctx.target, ctx.on(input.controlPlane), input.nodeName);
    const lacks = missing(found, ctx.target.name, input.nodeName);
    const joined = lacks === null;
    const drift = lacks ?? (await leftToken(ctx, ctx.on(input.controlPlane)));
    return {
      before: { joined, node: found.node !== null },
      drift: drift === null ? null : excerpt(drift, 256),
      output: { node: input.nodeName },
    };
  },
  async apply(ctx, input) {
    await join(ctx, ctx.on(input.controlPlane), input);
  },
  async undo(ctx, input, before) {
    if (!before.joined) await leave(ctx, ctx.on(input.controlPlane), input, before.node);
  },
  examples: [
    {
      title: 'k8s-w0 joins',
      input: { nodeName: 'k8s-w0', nodeIp: '192.168.20.100', controlPlane: 'k8s-ctr' },
    },
  ],
  notes: `Joined means: the machine has the kubelet's credentials of this very cluster (the CA is compared), and
the node object of that name reports this machine's id. Whether the node is Ready is for kube.node-ready
to say.

- Within one apply it makes a token on the control plane, waits until it is signed, joins with the CA
  pinned by its hash, and deletes the token, whatever happens. The token is valid for 15 minutes, is
  never an argument of a command on the machine and never in a log; one that a lost worker has left is
  found by its description \`runbook/<run>/<host>\` and deleted by the next attempt, also where the machine had
  joined by then.
- What an attempt has left on the machine is reset before the next one. A machine with a control plane is
  never reset; one that is a node of another cluster only with \`reset\`.
- A node object of that name whose kubelet lives on another machine is refused. A dead one is taken over,
  with its labels; while the API still calls it Ready, the step waits, because kubeadm would refuse.
- The configuration is that of the machine's kubeadm: v1beta4 from 1.31 on, v1beta3 before.
- kubeadm waits 5 minutes for an unknown token; here 15 s, so that the true reason shows at once.
- Undo resets the machine, and deletes the node object if there was none. Drain the node before.`,
});
