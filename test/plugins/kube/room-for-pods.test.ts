import { expect, test } from '@jest/globals';
import { kubeRoomForPods } from '../../../plugins/kube/room-for-pods.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, onCaptures, podsOn, wholeCluster, type Script } from './captured-cluster.js';

const input = { node: 'k8s-w0' };
const greedy: Script = [
  [
    'get pods --all-namespaces --field-selector=spec.nodeName=k8s-w0 ',
    {
      items: podsOn('k8s-w0').map((pod) => ({
        ...pod,
        spec: { ...pod.spec, containers: [{ resources: { requests: { cpu: '64' } } }] },
      })),
    },
  ],
  ...wholeCluster,
];

laws(kubeRoomForPods, {
  cases: [
    onCaptures('there is room', input, wholeCluster, 'nothing'),
    onCaptures('there is none', input, greedy, 'drift'),
  ],
  bad: badNode,
});

test('the pod that finds no room is named', async () => {
  const { drift, output } = await attempt(kubeRoomForPods, {
    target: captured(greedy).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();
  expect(drift).toContain('default/webpod-ff5b4c558-jq92p');
  expect(output).toMatchObject({ pods: 1 });
});
