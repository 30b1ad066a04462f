import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { compareAndSet } from './api/compare-and-set.js';
import type { Node } from './api/objects.js';
import { nodeName } from './names.js';
import { cordonTaint, isSchedulable, nodeOf } from './nodes/look.js';
import type { Target } from '../../core/target.js';

/** Sets it on the very state of the node that was looked at. */
async function set(cluster: Target, name: string, schedulable: boolean): Promise<void> {
  const write = (node: Node): readonly string[] | null => {
    if (isSchedulable(node) === schedulable) return null;
    const { resourceVersion } = node.metadata;
    const patch = {
      metadata: { resourceVersion },
      spec: { unschedulable: schedulable ? null : true },
    };
    return ['patch', 'node', name, '--type=merge', `--patch=${JSON.stringify(patch)}`, '-o=name'];
  };
  const doing = `${schedulable ? 'uncordon' : 'cordon'} ${name}`;
  await compareAndSet(cluster, doing, () => nodeOf(cluster, name), write);
}

/** Marks a node schedulable or not. */
export const kubeSchedulable = defineAction({
  name: 'kube.schedulable',
  summary: 'Marks a node schedulable or not (uncordon, cordon).',
  impact: 'change',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node to mark.'),
    schedulable: z
      .boolean()
      .describe('Whether the scheduler may place pods there: false cordons, true uncordons.'),
  }),
  output: z.strictObject({
    schedulable: z.boolean().describe('Whether the scheduler may place pods there.'),
  }),
  resource: ({ node }) => `node/${node}/schedulable`,
  async check({ target }, input) {
    const node = await nodeOf(target, input.node);
    const schedulable = isSchedulable(node);
    const taint = node.spec.taints?.some(({ key }) => key === cordonTaint) === true;
    const tainted = schedulable && taint;
    let drift: string | null = null;
    if (schedulable !== input.schedulable) {
      drift = `${input.node} is ${schedulable ? 'schedulable' : 'cordoned'}`;
    } else if (tainted) {
      drift = `${input.node} still has the taint ${cordonTaint}: the controller manager takes it away`;
    }
    return { before: { schedulable, tainted }, drift, output: { schedulable } };
  },
  async apply({ target }, input) {
    await set(target, input.node, input.schedulable);
  },
  async undo({ target }, input, before) {
    await set(target, input.node, before.schedulable);
  },
  restored(before, found) {
    if (found.schedulable !== before.schedulable)
      return `it is ${found.schedulable ? 'schedulable' : 'cordoned'}`;
    // As long as it is there, pods stay away.
    return found.tainted && !before.tainted ? `it still has the taint ${cordonTaint}` : null;
  },
  examples: [
    { title: 'Cordon a node', input: { node: 'k8s-w0', schedulable: false } },
    { title: 'Uncordon it', input: { node: 'k8s-w0', schedulable: true } },
  ],
  notes: `Undo puts back what was found: a node that was cordoned before the run stays cordoned after it.

- A cordon keeps new pods away; it moves none. kube.drained does that.
- DaemonSets and pods with a \`nodeName\` of their own are placed on a cordoned node too.
- Verified uncordoned, and put back, when the taint \`${cordonTaint}\` is gone as well: while the
  controller manager is down, it stays, and so do the pods away.
- The change is made on the state of the node that was read (its resourceVersion), so that a node
  deleted and joined again meanwhile is not marked by mistake.`,
});
