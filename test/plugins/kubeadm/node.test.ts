import { expect, test } from '@jest/globals';
import { kubeadmNode } from '../../../plugins/kubeadm/node.js';
import { laws } from '../../laws.js';

// Its laws are proven on real machines: test/lab/kubeadm.test.ts.
laws(kubeadmNode, {
  cases: [],
  bad: [
    { title: 'no control plane', input: { nodeName: 'a' } },
    { title: 'an option as a name', input: { nodeName: '--all', controlPlane: 'c' } },
    {
      title: 'a taint without effect',
      input: { nodeName: 'a', controlPlane: 'c', taints: [{ key: 'x' }] },
    },
    {
      title: 'a token, which is made here',
      input: { nodeName: 'a', controlPlane: 'c', token: 'abcdef.0123456789abcdef' },
    },
  ],
});

test('no machine is taken out of another cluster unless that is asked for', () => {
  const input = kubeadmNode.input.parse({ nodeName: 'a', controlPlane: 'c' });
  expect(input).toMatchObject({ reset: false });
});
