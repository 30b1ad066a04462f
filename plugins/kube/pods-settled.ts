import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { kubectl } from './api/kubectl.js';
import { labelSelector, namespaceName } from './names.js';
import {
  lines,
  podFields,
  unsettledPods,
  unsettledWorkloads,
  workloadFields,
} from './workloads/settled.js';

/** Reads a few fields of many objects. */
function read(cluster: Target, kinds: string, fields: readonly string[], where: readonly string[]) {
  const args = ['get', kinds, ...where, lines(fields)];
  return kubectl(cluster, args, { quiet: true, doing: `kubectl get ${kinds}` });
}

/** Whether everything that should run does run. */
export const kubePodsSettled = defineAction({
  name: 'kube.pods-settled',
  summary:
    'Holds when every pod that should run is running and ready, and no rollout is under way.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  settle: { timeout: '5m', every: '2s' },
  input: z.strictObject({
    namespace: namespaceName.optional().describe('Namespace to look at; all unless told.'),
    selector: labelSelector
      .optional()
      .describe(
        'Labels of the pods and workloads to look at, such as app=webpod; all unless told.',
      ),
  }),
  output: z.strictObject({
    pods: z.int().describe('Pods that were looked at.'),
    unsettled: z.int().describe('Pods and workloads that are not as they should be.'),
  }),
  async check({ target }, { namespace, selector }) {
    const where = [
      namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`,
      ...(selector === undefined ? [] : [`--selector=${selector}`]),
    ];
    const pods = unsettledPods(await read(target, 'pods', podFields, where));
    const workloads = unsettledWorkloads(
      await read(
        target,
        'deployments.apps,daemonsets.apps,statefulsets.apps',
        workloadFields,
        where,
      ),
    );
    const missing = [...pods.missing, ...workloads.missing];
    const nothing = pods.seen + workloads.seen === 0;
    if (nothing) missing.push('there are no pods and no workloads that match');
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
    return {
      before: null,
      drift: missing.length === 0 ? null : excerpt(missing.slice(0, 3).join('; '), 230) + more,
      output: { pods: pods.seen, unsettled: nothing ? 0 : missing.length },
    };
  },
  examples: [
    { title: 'The whole cluster has settled', input: {} },
    { title: 'The web pods are back', input: { namespace: 'default', selector: 'app=webpod' } },
  ],
  notes: `Finished pods do not count; pending, ending, crashing and unready ones are named, with the reason that
Kubernetes gives. Deployments, DaemonSets and StatefulSets must be rolled out and available, so that a
replica that has not been created yet is not overlooked.

- With a selector, the workloads are selected by their own labels, which need not be those of their pods.
- Where nothing matches, the condition does not hold: a wrong selector is no success.`,
});
