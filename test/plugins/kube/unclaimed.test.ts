import { expect, test } from '@jest/globals';
import { kubeUnclaimed } from '../../../plugins/kube/unclaimed.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, onCaptures, wholeCluster, type Script } from './captured-cluster.js';

const none: Script = [
  ['get lease node-', ''],
  ['get daemonsets ', { items: [{ metadata: { name: 'cilium' } }] }],
];
const lease = (holder: string, renewed: Date): Script => [
  [
    'get lease node-k8s-w0 --namespace=medik8s-leases ',
    {
      metadata: { name: 'node-k8s-w0' },
      spec: {
        holderIdentity: holder,
        renewTime: renewed.toISOString(),
        leaseDurationSeconds: 3600,
      },
    },
  ],
];
const kured = (lock: string): Script => [
  [
    'get daemonsets ',
    { items: [{ metadata: { name: 'k', annotations: { 'weave.works/kured-node-lock': lock } } }] },
  ],
];
const marked = (marks: object): Script => [
  ['get node k8s-w0 ', { metadata: { name: 'k8s-w0', ...marks }, spec: {} }],
];
const ago = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);

function claims(...scripts: Script[]): Promise<unknown> {
  const { cluster } = captured([...scripts.flat(), ...none, ...wholeCluster]);
  const world = { target: cluster, input: { node: 'k8s-w0' }, cleanup: () => Promise.resolve() };
  return attempt(kubeUnclaimed, world)
    .check()
    .then(({ drift }) => drift);
}

laws(kubeUnclaimed, {
  cases: [
    onCaptures('a node that is free', { node: 'k8s-w0' }, [...none, ...wholeCluster], 'nothing'),
    onCaptures(
      'a node that kubeone upgrades',
      { node: 'k8s-w0' },
      [...marked({ labels: { 'kubeone.io/upgrade-in-progress': '' } }), ...none],
      'drift',
    ),
  ],
  bad: badNode,
});

test('kured: by its lock for one node, for several, and by the mark on the node', async () => {
  const held = { nodeID: 'k8s-w0', metadata: { unschedulable: false }, created: ago(1), TTL: 0 };
  expect(await claims(kured(JSON.stringify(held)))).toBe('k8s-w0: kured reboots it');
  const several = { maxOwners: 2, locks: [{ ...held, nodeID: 'k8s-w1' }, held] };
  expect(await claims(kured(JSON.stringify(several)))).toBe('k8s-w0: kured reboots it');
  const mark = { annotations: { 'weave.works/kured-reboot-in-progress': '2026-11-24T10:00:00Z' } };
  expect(await claims(marked(mark))).toBe('k8s-w0: kured reboots it');
  expect(await claims(kured(JSON.stringify({ ...held, nodeID: 'manual' })))).toBeNull();
  expect(await claims(kured(JSON.stringify({ ...held, TTL: 1.8e12 })))).toBeNull();
  expect(await claims(kured(JSON.stringify({ ...held, TTL: 7.2e12 })))).not.toBeNull();
  expect(await claims(kured('by hand'))).toBeNull();
});

test('medik8s: by a lease whose time is not up', async () => {
  expect(await claims(lease('node-maintenance', ago(0.5)))).toBe(
    'k8s-w0: node-maintenance holds medik8s-leases/node-k8s-w0',
  );
  expect(await claims(lease('node-maintenance', ago(2)))).toBeNull();
  expect(await claims(lease('', ago(0)))).toBeNull();
});

test('the claim of this very run is none of another tool; that of another run is', async () => {
  expect(await claims(lease('runbook/laws', ago(0)))).toBeNull();
  expect(await claims(lease('runbook/other', ago(0)))).toBe(
    'k8s-w0: runbook/other holds medik8s-leases/node-k8s-w0',
  );
});

test('all of them are told', async () => {
  const label = { labels: { 'kubeone.io/upgrade-in-progress': '' } };
  expect(await claims(lease('nmo', ago(0)), marked(label))).toMatch(
    /kubeone upgrades.*; nmo holds/,
  );
});
