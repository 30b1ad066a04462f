import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { list } from './api/kubectl.js';
import { nameOf, type Node } from './api/objects.js';
import { nodeName } from './names.js';
import { fit, roomOn } from './nodes/fit.js';
import { isSchedulable, nodeOf } from './nodes/look.js';
import { unreadiness } from './nodes/ready.js';
import { usedPerNode } from './nodes/used.js';
import { drainable, podsOn } from './pods/drainable.js';
import { unjudged } from './pods/placement.js';

/** Whether the pods of a node would find room elsewhere. */
export const kubeRoomForPods = defineAction({
  name: 'kube.room-for-pods',
  summary: 'Holds when the other nodes have room for the pods that draining a node would evict.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that is to be drained.'),
  }),
  output: z.strictObject({
    pods: z.int().describe('Pods that need room elsewhere.'),
    nodes: z.int().describe('Other nodes that are Ready and schedulable.'),
    notJudged: z
      .array(z.string())
      .describe(
        'The first pods with wishes that are not judged, such as volumes, and these wishes.',
      ),
  }),
  async check({ target }, input) {
    await nodeOf(target, input.node);
    const nodes = await list<Node>(target, 'nodes', []);
    const open = nodes.filter(
      (node) =>
        node.metadata.name !== input.node && isSchedulable(node) && unreadiness(node) === null,
    );
    const found = drainable(await podsOn(target, input.node));
    const moving = found.pods.filter((pod) => !found.unmanaged.includes(pod));
    const used = await usedPerNode(target);
    const rooms = open.map((node) => roomOn(node, used.get(node.metadata.name) ?? {}));
    const failures = fit(moving, rooms);
    const notJudged = moving
      .map((pod) => ({ name: nameOf(pod), wishes: unjudged(pod) }))
      .filter(({ wishes }) => wishes.length > 0)
      .map(({ name, wishes }) => excerpt(`${name}: ${wishes.join(', ')}`, 120));
    return {
      before: null,
      drift: failures.length === 0 ? null : excerpt(failures.join('; '), 256),
      output: { pods: moving.length, nodes: open.length, notJudged: notJudged.slice(0, 5) },
    };
  },
  examples: [{ title: 'k8s-w0 can be emptied', input: { node: 'k8s-w0' } }],
  notes: `Places the pods as the scheduler would, the largest first: requests of cpu, memory and every other
resource, and the number of pods, against what other Ready and schedulable nodes have free; taints and
tolerations, node selectors and required node affinity are respected.

- Not judged: pod affinity and anti-affinity, topology spread, where volumes can go, and host ports. The
  output names pods that have such wishes.
- Room that could only be made by preemption or by a cluster autoscaler does not count.
- Pods without a controller need no room: they do not come back.
- First fit is no proof of the contrary: a tight cluster may be refused though a cleverer packing exists.`,
});
