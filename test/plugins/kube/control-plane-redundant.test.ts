import { expect, test } from '@jest/globals';
import { kubeControlPlaneRedundant } from '../../../plugins/kube/control-plane-redundant.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, onCaptures, wholeCluster } from './captured-cluster.js';

laws(kubeControlPlaneRedundant, {
  cases: [
    onCaptures('a worker', { node: 'k8s-w0' }, wholeCluster, 'nothing'),
    onCaptures('the only control plane', { node: 'k8s-ctr' }, wholeCluster, 'drift'),
  ],
  bad: [...badNode, { title: 'neither true nor false', input: { node: 'a', externalEtcd: 'no' } }],
});

test('the only control plane is named, and a node that is not there is refused', async () => {
  const { cluster } = captured(wholeCluster);
  const on = (node: string) =>
    attempt(kubeControlPlaneRedundant, {
      target: cluster,
      input: { node },
      cleanup: () => Promise.resolve(),
    }).check();
  expect(await on('k8s-ctr')).toEqual({
    before: null,
    drift: 'k8s-ctr is the only healthy control-plane node',
    output: { role: 'control-plane', others: 0, etcd: 1 },
  });
  await expect(on('nobody')).rejects.toMatchObject({
    code: 'refused',
    message: "lab has no node 'nobody'",
  });
});
