import { expect, test } from '@jest/globals';
import { kubeNodes } from '../../../plugins/kube/nodes.js';
import type { Node } from '../../../plugins/kube/api/objects.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, wholeCluster, type Script } from './captured-cluster.js';
import { recordedItems } from './fixture.js';

const names = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];
const nodes = recordedItems<Node>('kubectl/nodes.json');
const none: Script = [['get nodes ', { items: [] }]];

laws(kubeNodes, {
  cases: [
    onCaptures('whatever there is', {}, wholeCluster, 'nothing'),
    onCaptures('exactly these', { names }, wholeCluster, 'nothing'),
    onCaptures('one too many', { names: names.slice(1) }, wholeCluster, 'drift'),
    onCaptures('one missing', { names: [...names, 'k8s-w9'] }, wholeCluster, 'drift'),
    onCaptures('none', {}, none, 'drift'),
    onCaptures('none, as wanted', { selector: 'a=b', names: [] }, none, 'nothing'),
  ],
  bad: [
    { title: 'an option as a selector', input: { selector: '--all' } },
    { title: 'an option as a node', input: { names: ['-A'] } },
  ],
});

const look = (script: Script, input: object) =>
  attempt(kubeNodes, {
    target: captured(script).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();

test('tells versions and addresses, and what is amiss', async () => {
  const { drift, output } = await look(wholeCluster, { names: ['k8s-ctr', 'k8s-w0', 'k8s-w9'] });
  expect(drift).toBe('nodes: missing: k8s-w9; not expected: k8s-w1');
  expect(output).toMatchObject({
    count: 3,
    more: 0,
    nodes: [
      { name: 'k8s-ctr', address: '192.168.10.100', kubelet: 'v1.33.13', ready: true },
      { name: 'k8s-w0', address: '192.168.20.100', runtime: 'containerd://1.6.20' },
      { name: 'k8s-w1', schedulable: true },
    ],
  });
});

test('of many nodes the facts of some are left out, and their number is told', async () => {
  const [node] = nodes;
  const many = Array.from({ length: 100 }, (_, at) => ({
    ...node,
    metadata: { ...node?.metadata, name: `node-${at}` },
  }));
  const { output } = await look([['get nodes ', { items: many }]], {});
  const { count, nodes: told, more } = output as { count: number; nodes: object[]; more: number };
  expect(count).toBe(100);
  expect(told.length + more).toBe(100);
  expect(JSON.stringify(output).length).toBeLessThanOrEqual(1024);
});
