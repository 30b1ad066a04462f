import { expect, test } from '@jest/globals';
import { kubeBackends } from '../../../plugins/kube/backends.js';
import { readyBackends } from '../../../plugins/kube/services/backends.js';
import { laws } from '../../laws.js';
import { recorded } from './fixture.js';
import { onCaptures, type Script } from './captured-cluster.js';

const slices = JSON.parse(recorded('cilium/endpointslices.json')) as {
  items: { metadata: { name: string } }[];
};
const script: Script = [
  [
    'get endpointslices.discovery.k8s.io --namespace=default --selector=kubernetes.io/service-name=webpod ',
    { items: slices.items.filter(({ metadata }) => metadata.name.startsWith('webpod-')) },
  ],
  ['get endpointslices.discovery.k8s.io ', { items: [] }],
];
const input = { service: 'webpod' };

laws(kubeBackends, {
  cases: [
    onCaptures('three on three nodes', { ...input, minReady: 3, minNodes: 3 }, script, 'nothing'),
    onCaptures('too few', { ...input, minReady: 4 }, script, 'drift'),
    onCaptures('none', { service: 'nobody' }, script, 'drift'),
    onCaptures('none, as wanted', { service: 'n', minReady: 0, minNodes: 0 }, script, 'nothing'),
  ],
  bad: [
    { title: 'no service', input: {} },
    { title: 'an option as a service', input: { service: '--all' } },
  ],
});

test('what is not ready does not count, nor what is on no node', () => {
  const endpoints = [
    { nodeName: 'a', conditions: { ready: true } },
    { nodeName: 'a' },
    { nodeName: 'b', conditions: { ready: false } },
    { conditions: { ready: true } },
  ];
  const counts = readyBackends([
    { metadata: { name: 's' }, endpoints },
    { metadata: { name: 't' }, endpoints: null },
  ]);
  expect([...counts]).toEqual([['a', 2]]);
});
