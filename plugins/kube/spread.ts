import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import type { Node, Pod } from './api/objects.js';
import { count } from './listing.js';
import { labelSelector, namespaceName } from './names.js';
import { spreadOf } from './pods/spread.js';

/** Whether pods are spread evenly over the nodes. */
export const kubeSpread = defineAction({
  name: 'kube.spread',
  summary: 'Holds when the pods of a selector are spread evenly over the nodes that can take them.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    namespace: namespaceName.default('default').describe('Namespace of the pods.'),
    selector: labelSelector.describe('Labels of the pods, such as app=webpod.'),
    maxSkew: z
      .int()
      .min(0)
      .max(1000)
      .default(1)
      .describe('How many more pods the fullest node may have than the emptiest.'),
  }),
  output: z.strictObject({
    pods: z.int().describe('Pods that count: those that are not ending or finished.'),
    skew: z.int().describe('How many more the fullest node has than the emptiest.'),
    nodes: z
      .array(
        z.strictObject({
          node: z.string().describe('Name of the node.'),
          pods: z.int().describe('Pods on it.'),
        }),
      )
      .describe('Pods per node; as many nodes as fit.'),
  }),
  settle: { timeout: '3m', every: '2s' },
  async check({ target }, { namespace, selector, maxSkew }) {
    const options = [`--namespace=${namespace}`, `--selector=${selector}`];
    const pods = await list<Pod>(target, 'pods', options);
    const { counts, skew, unplaced } = spreadOf(pods, await list<Node>(target, 'nodes', []));
    const nodes = Object.entries(counts)
      .map(([node, number]) => ({ node, pods: number }))
      .sort((a, b) => (a.node < b.node ? -1 : 1));
    const total = nodes.reduce((sum, one) => sum + one.pods, 0) + unplaced;
    const drift: string[] = [];
    if (total === 0) drift.push(`no pods with ${selector} in ${namespace}`);
    if (unplaced > 0) drift.push(`${count(unplaced, 'pod')} on no node`);
    if (skew > maxSkew) {
      const shown = nodes.map(({ node, pods: number }) => `${node} ${number}`).join(', ');
      drift.push(`${shown}: ${skew} apart, ${maxSkew} allowed`);
    }
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { pods: total, skew, nodes: fitting(nodes, 800).kept },
    };
  },
  examples: [
    { title: 'One web pod per node, give or take one', input: { selector: 'app=webpod' } },
    {
      title: 'Exactly as many DNS servers on each node',
      input: { namespace: 'kube-system', selector: 'k8s-app=kube-dns', maxSkew: 0 },
    },
  ],
  notes: `Looks at where the pods are, not at what their specification asks for: an anti-affinity whose
selector matches no pod spreads nothing, and reads as if it did. Only the scheduler places pods, and
only once: after a node was away its pods stay where they went.

- Nodes that are cordoned, not ready, or that a taint, node selector or node affinity keeps these pods
  away from do not count as empty.
- Pods that are ending or finished do not count. Where there are no pods the condition does not hold.`,
});
