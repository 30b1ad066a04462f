import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { find } from './api/kubectl.js';
import { count } from './listing.js';
import { namespaceName, objectName } from './names.js';
import { rolloutOf, workloadKinds, type Workload } from './workloads/rollout.js';

/** Whether a workload is rolled out and available. */
export const kubeRollout = defineAction({
  name: 'kube.rollout',
  summary: 'Holds when a Deployment, DaemonSet or StatefulSet is rolled out and available.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  settle: { timeout: '5m', every: '1s' },
  input: z.strictObject({
    kind: z.enum(workloadKinds).describe('Kind of the workload.'),
    name: objectName.describe('Name of the workload.'),
    namespace: namespaceName.default('default').describe('Namespace of the workload.'),
    minPods: z
      .int()
      .min(0)
      .default(0)
      .describe('Pods that it must want, such as 2 before one of them is moved.'),
  }),
  output: z.strictObject({
    desired: z.int().describe('Pods that it wants.'),
    available: z.int().describe('Pods that are available.'),
  }),
  async check({ target }, { kind, name, namespace, minPods }) {
    const object = await find<Workload>(target, `${kind}s.apps`, name, namespace);
    const label = `${kind} ${namespace}/${name}`;
    if (object === null) {
      const output = { desired: 0, available: 0 };
      return { before: null, drift: `there is no ${label}`, output };
    }
    const { missing, desired, available } = rolloutOf(kind, object);
    const few = desired < minPods ? `wants ${count(desired, 'pod')}, ${minPods} are needed` : null;
    const against = few ?? missing;
    return {
      before: null,
      drift: against === null ? null : excerpt(`${label}: ${against}`, 256),
      output: { desired, available },
    };
  },
  examples: [
    {
      title: 'All Cilium agents run the newest version',
      input: { kind: 'daemonset', name: 'cilium', namespace: 'kube-system' },
    },
    { title: 'The web pods are there', input: { kind: 'deployment', name: 'webpod' } },
    {
      title: 'One may go, and another still serves',
      input: { kind: 'deployment', name: 'webpod', minPods: 2 },
    },
  ],
  notes: `Reads the object, not the text of \`kubectl rollout status\`: the controller has seen the newest
specification, every pod is of it, none of an older one is left, and all are available.

- A workload that wants no pods holds, unless \`minPods\` asks for some.
- While a node has just died, its pods still count as available; kube.node-ready tells.`,
});
