import { expect, test } from '@jest/globals';
import { kubeadmCluster } from '../../../plugins/kubeadm/cluster.js';
import { laws } from '../../laws.js';

// Its laws are proven on real machines: test/lab/kubeadm.test.ts.
laws(kubeadmCluster, {
  cases: [],
  bad: [
    { title: 'no address', input: { nodeName: 'a' } },
    { title: 'a name as an address', input: { nodeName: 'a', advertiseAddress: 'host' } },
    { title: 'an option as a name', input: { nodeName: '--all', advertiseAddress: '10.0.0.1' } },
    {
      title: 'an endpoint without a port',
      input: { nodeName: 'a', advertiseAddress: '10.0.0.1', endpoint: 'api.lab' },
    },
    {
      title: 'a version that is no version',
      input: { nodeName: 'a', advertiseAddress: '10.0.0.1', kubernetesVersion: 'latest' },
    },
    {
      title: 'a flag with dashes',
      input: { nodeName: 'a', advertiseAddress: '10.0.0.1', kubeletFlags: { '--v': '2' } },
    },
  ],
});

test('a machine is in one cluster at most: that is what the step owns', () => {
  const [example] = kubeadmCluster.examples;
  const input = kubeadmCluster.input.parse(example?.input);
  expect(kubeadmCluster.resource?.(input)).toBe('kubeadm/cluster');
});
