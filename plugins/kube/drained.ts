import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { nameOf } from './api/objects.js';
import { count, listing } from './listing.js';
import { nodeName } from './names.js';
import { isSchedulable, nodeOf } from './nodes/look.js';
import { drain } from './pods/drain.js';
import { drainable, podsOn, refusedOf } from './pods/drainable.js';

/** Evicts the pods of a node, and waits until they are gone. */
export const kubeDrained = defineAction({
  name: 'kube.drained',
  summary: 'Evicts the pods of a cordoned node one by one, and waits until they are gone.',
  impact: 'disrupt',
  on: 'cluster',
  slow: true,
  timeout: '15m',
  input: z.strictObject({
    node: nodeName.describe('Node to empty; it must be cordoned.'),
    allowEmptyDir: z
      .boolean()
      .default(false)
      .describe('Evicts pods with emptyDir volumes too: what is in these volumes is lost.'),
    allowUnmanaged: z
      .boolean()
      .default(false)
      .describe('Evicts pods without a controller too: nothing creates them anew.'),
    gracePeriod: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe('Seconds that each pod has to end; its own grace period unless told.'),
    podTimeout: duration()
      .optional()
      .describe(
        'Longest time for one pod to be gone after its eviction; its grace period and a minute more unless told.',
      ),
  }),
  output: z.strictObject({
    pods: z.int().describe('Pods that have to leave the node.'),
  }),
  // Below the mark that it rests on: once that is put back, an empty node is no longer claimed.
  resource: ({ node }) => `node/${node}/schedulable/pods`,
  async check({ target }, input) {
    const node = await nodeOf(target, input.node);
    const found = drainable(await podsOn(target, input.node));
    const names = found.pods.map(nameOf);
    const drift: string[] = [];
    if (isSchedulable(node)) drift.push(`${input.node} is not cordoned`);
    for (const { pod, why, input: allow } of refusedOf(found, input).slice(0, 2)) {
      drift.push(`${pod} ${why} (needs ${allow})`);
    }
    if (names.length > 0) {
      drift.push(`${count(names.length, 'pod')} on ${input.node}: ${listing(names)}`);
    }
    return {
      before: null,
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { pods: names.length },
    };
  },
  async apply(ctx, input) {
    if (isSchedulable(await nodeOf(ctx.target, input.node))) {
      throw new PermanentError(
        'refused',
        `${ctx.target.name}: ${input.node} is not cordoned: evicted pods could come back to it`,
        { hint: 'Cordon it first: a step kube.schedulable with schedulable: false.' },
      );
    }
    await drain(ctx, {
      node: input.node,
      allowEmptyDir: input.allowEmptyDir,
      allowUnmanaged: input.allowUnmanaged,
      graceSeconds: input.gracePeriod,
      podTimeout: input.podTimeout,
    });
  },
  undo: 'nothing',
  examples: [
    { title: 'Empty a cordoned node', input: { node: 'k8s-w0' } },
    {
      title: 'Empty it, whatever is lost with the pods',
      input: { node: 'k8s-w0', allowEmptyDir: true, allowUnmanaged: true, gracePeriod: 10 },
    },
  ],
  notes: `Asks the eviction API pod by pod instead of calling \`kubectl drain\`, so that the run shows which
pod it waits for and why, survives a lost worker, and never waits without a bound.

- Pods of DaemonSets, mirror pods and finished pods stay.
- A pod that a disruption budget guards is tried again every 5 s, and the budget is named, until the
  step runs out of time; then the step parks with that text. The node stays cordoned.
- Pods with emptyDir volumes or without a controller are refused before anything is evicted, unless the
  input allows their loss. Two budgets on one pod are refused for good: the API evicts such a pod never.
- An accepted eviction is no proof: the step waits until the pod is gone from the node. While the
  kubelet is dead no pod ends; the step says so.
- Undo has nothing to put back: evicted pods run elsewhere, and come back where the scheduler puts them.`,
});
