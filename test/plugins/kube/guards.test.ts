import { kubeControlPlaneRedundant } from '../../../plugins/kube/control-plane-redundant.js';
import { kubeDisruptionAllowed } from '../../../plugins/kube/disruption-allowed.js';
import { kubeDrainSafe } from '../../../plugins/kube/drain-safe.js';
import { kubeNodeReady } from '../../../plugins/kube/node-ready.js';
import { kubeNodesHealthy } from '../../../plugins/kube/nodes-healthy.js';
import { kubePodsSettled } from '../../../plugins/kube/pods-settled.js';
import { kubeRollout } from '../../../plugins/kube/rollout.js';
import { kubeRoomForPods } from '../../../plugins/kube/room-for-pods.js';
import { laws } from '../../laws.js';

const badNode = [
  { title: 'no node', input: {} },
  { title: 'an option as the name of a node', input: { node: '--all' } },
  { title: 'a name in capitals', input: { node: 'K8S-W0' } },
  { title: 'a name with a newline', input: { node: 'a\nb' } },
];

for (const action of [
  kubeControlPlaneRedundant,
  kubeDisruptionAllowed,
  kubeDrainSafe,
  kubeRoomForPods,
]) {
  laws(action, { cases: [], bad: badNode });
}

laws(kubeNodeReady, {
  cases: [],
  bad: [
    ...badNode,
    { title: 'a time without zone', input: { node: 'a', since: '2026-11-24 10:00' } },
  ],
});

laws(kubeNodesHealthy, {
  cases: [],
  bad: [
    { title: 'an option as a node', input: { except: '--all' } },
    { title: 'no nodes at all', input: { expected: 0 } },
  ],
});

laws(kubeRollout, {
  cases: [],
  bad: [
    { title: 'a kind that has no rollout', input: { kind: 'pod', name: 'a' } },
    { title: 'an option as a name', input: { kind: 'deployment', name: '-A' } },
    { title: 'a path as a namespace', input: { kind: 'deployment', name: 'a', namespace: '../x' } },
  ],
});

laws(kubePodsSettled, {
  cases: [],
  bad: [
    { title: 'an option as a selector', input: { selector: '--all' } },
    { title: 'an empty selector', input: { selector: '' } },
    { title: 'a selector with a newline', input: { selector: 'a=b\nc=d' } },
  ],
});
