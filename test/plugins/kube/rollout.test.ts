import { expect, test } from '@jest/globals';
import { kubeRollout } from '../../../plugins/kube/rollout.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { captured, onCaptures, type Script } from './captured-cluster.js';
import { recorded } from './fixture.js';

const input = { kind: 'deployment', name: 'webpod' };
const live = JSON.parse(recorded('kubectl/deployment.json')) as { status: object };
const done: Script = [['get deployments.apps webpod --namespace=default ', live]];
const under: Script = [
  [
    'get deployments.apps webpod --namespace=default ',
    { ...live, status: { ...live.status, updatedReplicas: 1, availableReplicas: 2 } },
  ],
];
const nothing: Script = [['get deployments.apps ', '']];

laws(kubeRollout, {
  cases: [
    onCaptures('rolled out', input, done, 'nothing'),
    onCaptures('under way', input, under, 'drift'),
    onCaptures('not there', input, nothing, 'drift'),
    onCaptures('with as many pods as asked for', { ...input, minPods: 3 }, done, 'nothing'),
    onCaptures('with fewer than asked for', { ...input, minPods: 4 }, done, 'drift'),
  ],
  bad: [
    { title: 'a kind that has no rollout', input: { kind: 'pod', name: 'a' } },
    { title: 'an option as a name', input: { kind: 'deployment', name: '-A' } },
    { title: 'fewer than none', input: { kind: 'deployment', name: 'a', minPods: -1 } },
    { title: 'a path as a namespace', input: { kind: 'deployment', name: 'a', namespace: '../x' } },
  ],
});

test('a workload that is not there is no error: it may be on its way', async () => {
  const { drift } = await attempt(kubeRollout, {
    target: captured(nothing).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toBe('there is no deployment default/webpod');
});
