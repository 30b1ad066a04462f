import { expect, test } from '@jest/globals';
import { ciliumPodNetworks } from '../../../plugins/cilium/pod-networks.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from '../kube/captured-cluster.js';

function nodes(networks: Readonly<Record<string, readonly string[] | null>>): Script {
  const items = Object.entries(networks).map(([name, podCIDRs]) => ({
    metadata: { name },
    spec: podCIDRs === null ? { ipam: {} } : { ipam: { podCIDRs } },
  }));
  return [['get ciliumnodes.cilium.io ', { items }]];
}

const three = nodes({
  'k8s-w1': ['172.20.10.0/24'],
  'k8s-ctr': ['172.20.2.0/24'],
  'k8s-w0': ['172.20.0.0/24', 'fd00:20::/120'],
});

laws(ciliumPodNetworks, {
  cases: [
    onCaptures('every node has its own', {}, three, 'nothing'),
    onCaptures('those of one node', { nodes: ['k8s-w1'] }, three, 'nothing'),
    onCaptures('one that has none yet', {}, nodes({ a: ['10.0.0.0/24'], b: null }), 'drift'),
    onCaptures('one that Cilium does not know', { nodes: ['k8s-w9'] }, three, 'drift'),
    onCaptures('no nodes', {}, nodes({}), 'drift'),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'an unknown field', input: { node: 'k8s-w0' } },
  ],
});

test('the prefixes are in order, by node and in all', async () => {
  const { output } = await attempt(ciliumPodNetworks, {
    target: captured(three).cluster,
    input: { nodes: ['k8s-w1', 'k8s-ctr'] },
    cleanup: () => Promise.resolve(),
  }).check();
  expect(output).toEqual({
    networks: { 'k8s-ctr': ['172.20.2.0/24'], 'k8s-w1': ['172.20.10.0/24'] },
    prefixes: ['172.20.2.0/24', '172.20.10.0/24'],
  });
});
