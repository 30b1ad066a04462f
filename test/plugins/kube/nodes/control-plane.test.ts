import { describe, expect, test } from '@jest/globals';
import type { Node, Pod } from '../../../../plugins/kube/api/objects.js';
import { isControlPlane, redundancyOf } from '../../../../plugins/kube/nodes/control-plane.js';
import { recordedItems } from '../fixture.js';

function planes(count: number, unready: number[] = []): { nodes: Node[]; pods: Pod[] } {
  const names = Array.from({ length: count }, (_, at) => `c${at}`);
  const ready = (at: number) => [
    { type: 'Ready', status: unready.includes(at) ? 'False' : 'True' },
  ];
  return {
    nodes: names.map((name, at) => ({
      metadata: { name, labels: { 'node-role.kubernetes.io/control-plane': '' } },
      spec: {},
      status: { conditions: ready(at) },
    })),
    pods: names.flatMap((name, at) =>
      ['etcd', 'kube-apiserver'].map((component) => ({
        metadata: { name: `${component}-${name}`, labels: { component, tier: 'control-plane' } },
        spec: { nodeName: name },
        status: { conditions: ready(at) },
      })),
    ),
  };
}

describe('a control plane without one of its nodes', () => {
  test('the recorded cluster has one', () => {
    const nodes = recordedItems<Node>('kubectl/nodes.json');
    const pods = recordedItems<Pod>('kubectl/pods.json');
    expect(nodes.filter(isControlPlane).map(({ metadata }) => metadata.name)).toEqual(['k8s-ctr']);
    expect(redundancyOf('k8s-ctr', nodes, pods, false)).toEqual({
      drift: 'k8s-ctr is the only healthy control-plane node',
      others: 0,
      etcd: 1,
    });
  });

  test('three go on without one, two do not: etcd needs both', () => {
    const three = planes(3);
    expect(redundancyOf('c0', three.nodes, three.pods, false)).toEqual({
      drift: null,
      others: 2,
      etcd: 3,
    });
    const two = planes(2);
    expect(redundancyOf('c0', two.nodes, two.pods, false).drift).toBe(
      'without c0, 1 of 2 members of etcd are left, and its quorum is 2',
    );
    expect(redundancyOf('c0', two.nodes, two.pods, true).drift).toBeNull();
  });

  test('three of which one is down do not go on without another', () => {
    const { nodes, pods } = planes(3, [2]);
    expect(redundancyOf('c0', nodes, pods, false).drift).toBe(
      'without c0, 1 of 3 members of etcd are left, and its quorum is 2; not ready: etcd-c2',
    );
    expect(redundancyOf('c2', nodes, pods, false).drift).toBeNull();
  });

  test('what cannot be seen does not hold', () => {
    const { nodes, pods } = planes(3);
    const hidden = pods.filter(({ metadata }) => metadata.labels?.['component'] !== 'etcd');
    expect(redundancyOf('c0', nodes, hidden, false).drift).toMatch(/nobody can tell/);
    expect(redundancyOf('c0', nodes, [], true).drift).toMatch(/only healthy control-plane node/);
  });
});
