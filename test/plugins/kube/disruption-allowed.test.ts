import { expect, test } from '@jest/globals';
import { kubeDisruptionAllowed } from '../../../plugins/kube/disruption-allowed.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, onCaptures, wholeCluster, type Script } from './captured-cluster.js';
import { recorded } from './fixture.js';

const input = { node: 'k8s-w0' };
const blocking: Script = [
  ['get poddisruptionbudgets.policy ', JSON.parse(recorded('kubectl/pdb-blocking.json'))],
  ...wholeCluster,
];

laws(kubeDisruptionAllowed, {
  cases: [
    onCaptures('a budget that allows one', input, wholeCluster, 'nothing'),
    onCaptures('a budget that allows none', input, blocking, 'drift'),
  ],
  bad: badNode,
});

test('the pod and its budget are named, and nothing is evicted', async () => {
  const asked = captured(wholeCluster);
  const on = (target: typeof asked.cluster) =>
    attempt(kubeDisruptionAllowed, { target, input, cleanup: () => Promise.resolve() }).check();
  expect((await on(captured(blocking).cluster)).drift).toBe(
    'default/webpod-ff5b4c558-jq92p: disruption budget default/webpod needs 3 healthy pods and has 3',
  );
  expect((await on(asked.cluster)).output).toEqual({ guarded: 1 });
  const created = asked.calls.filter((call) => call.startsWith('kubectl create'));
  expect(created).toHaveLength(1);
  expect(created[0]).toContain('/eviction');
});
