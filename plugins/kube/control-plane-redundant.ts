import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import type { Node, Pod } from './api/objects.js';
import { nodeName } from './names.js';
import { isControlPlane, redundancyOf } from './nodes/control-plane.js';
import { nodeOf } from './nodes/look.js';

/** Whether the cluster's control plane survives the loss of a node. */
export const kubeControlPlaneRedundant = defineAction({
  name: 'kube.control-plane-redundant',
  summary:
    'Holds when the control plane goes on without a node: it is a worker, or others take over.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that is to be taken out of service.'),
    externalEtcd: z
      .boolean()
      .default(false)
      .describe(
        'Says that etcd runs outside of the cluster, so that its quorum does not depend on the node.',
      ),
  }),
  output: z.strictObject({
    role: z.enum(['worker', 'control-plane']).describe('Role of the node.'),
    others: z.int().describe('Other control-plane nodes that are healthy.'),
    etcd: z.int().describe('Members of etcd that run as pods of the control plane.'),
  }),
  async check({ target }, input) {
    const node = await nodeOf(target, input.node);
    if (!isControlPlane(node)) {
      return { before: null, drift: null, output: { role: 'worker' as const, others: 0, etcd: 0 } };
    }
    const nodes = await list<Node>(target, 'nodes', []);
    const pods = await list<Pod>(target, 'pods', [
      '--namespace=kube-system',
      '--selector=tier=control-plane',
    ]);
    const found = redundancyOf(input.node, nodes, pods, input.externalEtcd);
    return {
      before: null,
      drift: found.drift === null ? null : excerpt(found.drift, 256),
      output: { role: 'control-plane' as const, others: found.others, etcd: found.etcd },
    };
  },
  examples: [
    { title: 'The API stays up without k8s-ctr', input: { node: 'k8s-ctr' } },
    { title: 'etcd runs elsewhere', input: { node: 'k8s-ctr', externalEtcd: true } },
  ],
  notes: `A worker always holds. For a control-plane node another one must be Ready with a ready API server, and
etcd must keep its quorum: of n members, more than half must be ready besides the one of this node. With
two members the loss of either stops the cluster.

- Judged by the static pods that kubeadm makes. Where no etcd pods can be seen, nothing can be said about
  its quorum, and the guard does not hold, unless \`externalEtcd\` says that it runs elsewhere.
- What the API shows of members is not etcd's own view: a member that runs but has lost its peers looks
  healthy.`,
});
