import { expect, test } from '@jest/globals';
import { kubeDrained } from '../../../plugins/kube/drained.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, wholeCluster } from './captured-cluster.js';

// Its laws are proven on a real cluster: test/lab/kube-drain.test.ts.
laws(kubeDrained, {
  cases: [],
  bad: [
    ...badNode,
    { title: 'a grace period below nothing', input: { node: 'a', gracePeriod: -1 } },
    { title: 'a time without unit', input: { node: 'a', podTimeout: '10' } },
    { title: 'force, which is no word here', input: { node: 'a', force: true } },
  ],
});

test('a node that takes pods is not drained: it is refused before any eviction', async () => {
  const { cluster, calls } = captured(wholeCluster);
  const step = attempt(kubeDrained, {
    target: cluster,
    input: { node: 'k8s-w0' },
    cleanup: () => Promise.resolve(),
  });
  const { before, drift, output } = await step.check();
  expect(drift).toBe('k8s-w0 is not cordoned; 1 pod on k8s-w0: default/webpod-ff5b4c558-jq92p');
  expect(output).toEqual({ pods: 1 });
  await expect(step.apply(before)).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
  expect(calls.every((call) => call.startsWith('kubectl get '))).toBe(true);
});
