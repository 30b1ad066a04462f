import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import type { Meta } from './api/objects.js';
import { nodeName } from './names.js';
import { claimsOf } from './nodes/claims.js';
import { nodeOf } from './nodes/look.js';
import { leaseOn } from './nodes/maintenance-lease.js';

/** Whether another tool has a node in hand. */
export const kubeUnclaimed = defineAction({
  name: 'kube.unclaimed',
  summary: 'Holds when no other tool has a node in maintenance.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({ node: nodeName.describe('Node that is to be taken out of service.') }),
  output: z.strictObject({
    claims: z.array(z.string()).describe('Tools that have it, and by what that is seen.'),
  }),
  async check({ target, run, now }, input) {
    const node = await nodeOf(target, input.node);
    const lease = await leaseOn(target, input.node);
    const daemonSets = await list<{ metadata: Meta }>(target, 'daemonsets', ['--all-namespaces']);
    const claims = claimsOf({ node, lease, daemonSets, run: run.id, now: now().getTime() });
    const drift = claims.length === 0 ? null : `${input.node}: ${claims.join('; ')}`;
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { claims: claims.map((claim) => excerpt(claim, 200)) },
    };
  },
  examples: [{ title: 'Nobody else works on k8s-w0', input: { node: 'k8s-w0' } }],
  notes: `Leases of runbook are known to runbook alone. Other tools that drain and reboot nodes leave marks of
their own, and two of them on one node undo each other's work:

- kured: its lock on its DaemonSet names the node (one whose time is up does not count), or the node has
  \`weave.works/kured-reboot-in-progress\`;
- operators of medik8s, such as the node-maintenance-operator: the lease \`node-<name>\` in \`medik8s-leases\` has a
  holder, and its time is not up, by the worker's clock. That of kube.claimed is the same lease: the run's own
  does not count, that of another run does;
- kubeone: the node has the label \`kubeone.io/upgrade-in-progress\`. A failed upgrade leaves it there, and kubeone
  itself refuses to go on until somebody has looked.`,
});
