import { describe, expect, test } from '@jest/globals';
import type { Node, Pod } from '../../../../plugins/kube/api/objects.js';
import { fit, roomOn } from '../../../../plugins/kube/nodes/fit.js';

const node = (name: string, allocatable: Record<string, string>): Node => ({
  metadata: { name },
  spec: {},
  status: { allocatable },
});
const pod = (
  name: string,
  requests: Record<string, string>,
  spec: Partial<Pod['spec']> = {},
): Pod => ({
  metadata: { name, namespace: 'a' },
  spec: { containers: [{ resources: { requests } }], ...spec },
});
const rooms = (...sizes: Record<string, string>[]) =>
  sizes.map((size, at) => roomOn(node(`n${at}`, { pods: '10', ...size }), {}));

describe('room for pods', () => {
  test('what fits, fits', () => {
    expect(fit([pod('p', { cpu: '1' }), pod('q', { cpu: '1' })], rooms({ cpu: '2' }))).toEqual([]);
    expect(fit([], [])).toEqual([]);
    expect(fit([pod('p', {})], rooms({ cpu: '1' }))).toEqual([]);
  });

  test('what is used is not free', () => {
    const full = roomOn(node('n', { cpu: '2', pods: '10' }), { cpu: 1.5 });
    expect(fit([pod('p', { cpu: '1' })], [full])).toEqual(['a/p fits nowhere (n: cpu)']);
  });

  test('the largest is placed first, so that it is not the small ones that take its place', () => {
    const pods = [pod('a', { cpu: '1' }), pod('b', { cpu: '1' }), pod('c', { cpu: '3' })];
    expect(fit(pods, rooms({ cpu: '3' }, { cpu: '2' }))).toEqual([]);
  });

  test('each resource counts, also the number of pods and kinds that a node does not have', () => {
    expect(
      fit([pod('p', { cpu: '1' }), pod('q', { cpu: '1' })], rooms({ cpu: '9', pods: '1' })),
    ).toEqual(['a/q fits nowhere (n0: pods)']);
    expect(fit([pod('p', { 'nvidia.com/gpu': '1' })], rooms({ cpu: '9' }))).toEqual([
      'a/p fits nowhere (n0: nvidia.com/gpu)',
    ]);
  });

  test('every other node is told with its reason, three at most', () => {
    const sizes = ['1', '1', '1', '1'].map((cpu) => ({ cpu }));
    expect(fit([pod('p', { cpu: '2' })], rooms(...sizes))).toEqual([
      'a/p fits nowhere (n0: cpu, n1: cpu, n2: cpu)',
    ]);
    expect(fit([pod('p', {}, { nodeSelector: { zone: 'x' } })], rooms({ cpu: '1' }))).toEqual([
      'a/p fits nowhere (n0: node selector)',
    ]);
    expect(fit([pod('p', {})], [])).toEqual(['a/p fits nowhere (there is no other node)']);
  });
});
