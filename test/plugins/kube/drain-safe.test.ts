import { expect, test } from '@jest/globals';
import { kubeDrainSafe } from '../../../plugins/kube/drain-safe.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { badNode } from './bad-node.js';
import { captured, onCaptures, podsOn, wholeCluster, type Script } from './captured-cluster.js';

const input = { node: 'k8s-w0' };
const [web] = podsOn('k8s-w0');
const precious: Script = [
  [
    'get pods --all-namespaces --field-selector=spec.nodeName=k8s-w0 ',
    {
      items: podsOn('k8s-w0').map((pod) =>
        pod === web
          ? {
              metadata: { ...pod.metadata, ownerReferences: [] },
              spec: { ...pod.spec, volumes: [{ name: 'cache', emptyDir: {} }] },
              status: pod.status,
            }
          : pod,
      ),
    },
  ],
  ...wholeCluster,
];

laws(kubeDrainSafe, {
  cases: [
    onCaptures('nothing to lose', input, wholeCluster, 'nothing'),
    onCaptures('a pod that nothing makes anew', input, precious, 'drift'),
    onCaptures(
      'one whose loss is allowed',
      { ...input, allowUnmanaged: true, allowEmptyDir: true },
      precious,
      'nothing',
    ),
  ],
  bad: badNode,
});

test('what would be lost is named, with the word that would allow it', async () => {
  const { drift, output } = await attempt(kubeDrainSafe, {
    target: captured(precious).cluster,
    input,
    cleanup: () => Promise.resolve(),
  }).check();
  const name = `default/${web?.metadata.name ?? ''}`;
  expect(drift).toBe(
    `${name} has no controller (allowUnmanaged would allow its loss); ${name} has emptyDir volumes (allowEmptyDir would allow its loss)`,
  );
  expect(output).toEqual({ pods: 1, unmanaged: 1, emptyDir: 1 });
});
