import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { nodeName } from './names.js';
import { nodeOf } from './nodes/look.js';
import { drainable, podsOn, refusedOf } from './pods/drainable.js';

/** Whether draining a node would lose something. */
export const kubeDrainSafe = defineAction({
  name: 'kube.drain-safe',
  summary: 'Holds when draining a node would lose no data and no pod for good.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that is to be drained.'),
    allowEmptyDir: z
      .boolean()
      .default(false)
      .describe('Whether what is in emptyDir volumes may be lost.'),
    allowUnmanaged: z
      .boolean()
      .default(false)
      .describe('Whether pods without a controller, which nothing creates anew, may be lost.'),
  }),
  output: z.strictObject({
    pods: z.int().describe('Pods that a drain would evict.'),
    unmanaged: z.int().describe('Those among them that have no controller.'),
    emptyDir: z.int().describe('Those among them that have emptyDir volumes.'),
  }),
  async check({ target }, input) {
    await nodeOf(target, input.node);
    const found = drainable(await podsOn(target, input.node));
    const refused = refusedOf(found, input).map(
      ({ pod, why, input: allow }) => `${pod} ${why} (${allow} would allow its loss)`,
    );
    return {
      before: null,
      drift: refused.length === 0 ? null : excerpt(refused.join('; '), 256),
      output: {
        pods: found.pods.length,
        unmanaged: found.unmanaged.length,
        emptyDir: found.emptyDir.length,
      },
    };
  },
  examples: [
    { title: 'Nothing is lost when k8s-w0 is drained', input: { node: 'k8s-w0' } },
    {
      title: 'Caches in emptyDir volumes may go',
      input: { node: 'k8s-w0', allowEmptyDir: true },
    },
  ],
  notes: `The same sorting as kube.drained: pods of DaemonSets, mirror pods and finished pods do not count.
A pod without a controller is not created anew elsewhere; an emptyDir volume ends with its pod.`,
});
