import { expect, test } from '@jest/globals';
import type { Node } from '../../../../plugins/kube/api/objects.js';
import { unreadiness } from '../../../../plugins/kube/nodes/ready.js';
import { recordedItems } from '../fixture.js';

test('a crashed node is unknown, with the words of the control plane', () => {
  const nodes = recordedItems<Node>('kubectl/nodes-one-crashed.json');
  expect(nodes.map(unreadiness)).toEqual([
    null,
    'k8s-w0 is unknown (NodeStatusUnknown: Kubelet stopped posting node status.)',
    null,
  ]);
});

test('a node that has just joined has not reported', () => {
  expect(unreadiness({ metadata: { name: 'n' }, spec: {} })).toBe('n has not reported yet');
});
