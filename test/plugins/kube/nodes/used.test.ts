import { expect, test } from '@jest/globals';
import { usedOf } from '../../../../plugins/kube/nodes/used.js';
import { recorded } from '../fixture.js';

test('what pods have set aside is summed up per node, init containers and sidecars included', () => {
  const used = usedOf(recorded('kubectl/requests.txt'));
  expect([...used.keys()].sort()).toEqual(['k8s-ctr', 'k8s-w0', 'k8s-w1']);
  // cilium (init only), webpod, and nothing else.
  expect(used.get('k8s-w0')).toEqual({ cpu: 0.1, memory: 10 * 2 ** 20, pods: 2 });
  expect(used.get('k8s-ctr')?.['pods']).toBe(8);
  expect(used.get('k8s-ctr')?.['cpu']).toBeCloseTo(0.85);
  // The pod with a sidecar of 30m needs 230m while its init container runs.
  expect(used.get('k8s-w1')?.['cpu']).toBeCloseTo(0.1 + 0.1 + 0.23);
});

test('nothing gives nothing', () => {
  expect(usedOf('').size).toBe(0);
});
