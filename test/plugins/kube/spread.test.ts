import { describe, expect, test } from '@jest/globals';
import type { Node, Pod } from '../../../plugins/kube/api/objects.js';
import { spreadOf } from '../../../plugins/kube/pods/spread.js';
import { kubeSpread } from '../../../plugins/kube/spread.js';
import { laws } from '../../laws.js';
import { onCaptures, wholeCluster, type Script } from './captured-cluster.js';
import { recordedItems } from './fixture.js';

const pods = recordedItems<Pod>('kubectl/pods.json').filter(
  ({ metadata }) => metadata.labels?.['app'] === 'webpod',
);
const nodes = recordedItems<Node>('kubectl/nodes.json');
const on = (node: string | undefined): Pod => ({
  metadata: { name: `on-${node}` },
  spec: node === undefined ? {} : { nodeName: node },
});

function cluster(items: readonly Pod[]): Script {
  return [['get pods --namespace=default --selector=app=webpod ', { items }], ...wholeCluster];
}
const input = { selector: 'app=webpod' };
const heap = pods.map((pod) => ({ ...pod, spec: { ...pod.spec, nodeName: 'k8s-w1' } }));

laws(kubeSpread, {
  cases: [
    onCaptures('one on each node', input, cluster(pods), 'nothing'),
    onCaptures('all on one', input, cluster(heap), 'drift'),
    onCaptures('all on one, as allowed', { ...input, maxSkew: 3 }, cluster(heap), 'nothing'),
    onCaptures('none', input, cluster([]), 'drift'),
  ],
  bad: [
    { title: 'no selector', input: {} },
    { title: 'an option as a selector', input: { selector: '-A' } },
    { title: 'less than even', input: { selector: 'a=b', maxSkew: -1 } },
  ],
});

describe('how pods are spread', () => {
  test('by the nodes that could take them', () => {
    expect(spreadOf([on('k8s-w0'), on('k8s-w0'), on(undefined)], nodes)).toEqual({
      counts: { 'k8s-ctr': 0, 'k8s-w0': 2, 'k8s-w1': 0 },
      skew: 2,
      unplaced: 1,
    });
  });

  test('a cordoned, tainted or dead node is no gap, unless pods are on it', () => {
    const [ctr, w0, w1] = nodes as [Node, Node, Node];
    const closed: Node[] = [
      { ...ctr, spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
      { ...w0, spec: { unschedulable: true } },
      w1,
    ];
    const pair = [on('k8s-w1'), on('k8s-w1')];
    expect(spreadOf(pair, closed)).toMatchObject({ counts: { 'k8s-w1': 2 }, skew: 0 });
    expect(spreadOf([...pair, on('k8s-w0')], closed)).toMatchObject({ skew: 1 });
  });

  test('pods that are ending or finished do not count', () => {
    const ending: Pod = {
      metadata: { name: 'e', deletionTimestamp: 'now' },
      spec: { nodeName: 'k8s-w0' },
    };
    const done: Pod = { ...on('k8s-w0'), status: { phase: 'Succeeded' } };
    expect(spreadOf([ending, done, on('k8s-w1')], nodes).counts).toEqual({
      'k8s-ctr': 0,
      'k8s-w0': 0,
      'k8s-w1': 1,
    });
  });
});
