import { describe, expect, test } from '@jest/globals';
import type { Node, Pod, Toleration } from '../../../../plugins/kube/api/objects.js';
import { misfit, unjudged } from '../../../../plugins/kube/pods/placement.js';

const node: Node = {
  metadata: { name: 'n', labels: { zone: 'a', cpus: '8' } },
  spec: {},
};
const tainted = (effect: string): Node => ({
  ...node,
  spec: { taints: [{ key: 'role', value: 'db', effect }] },
});
const pod = (spec: Pod['spec']): Pod => ({ metadata: { name: 'p' }, spec });
const tolerating = (toleration: Toleration) => pod({ tolerations: [toleration] });
const affine = (...nodeSelectorTerms: object[]) =>
  pod({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  });

describe('where a pod may run', () => {
  test('taints keep it away, unless it tolerates them', () => {
    expect(misfit(pod({}), tainted('NoSchedule'))).toBe('taint role');
    expect(misfit(pod({}), tainted('NoExecute'))).toBe('taint role');
    expect(misfit(pod({}), tainted('PreferNoSchedule'))).toBeNull();
    expect(misfit(tolerating({ operator: 'Exists' }), tainted('NoSchedule'))).toBeNull();
    expect(
      misfit(tolerating({ key: 'role', operator: 'Exists' }), tainted('NoSchedule')),
    ).toBeNull();
    expect(misfit(tolerating({ key: 'role', value: 'db' }), tainted('NoSchedule'))).toBeNull();
    expect(misfit(tolerating({ key: 'role', value: 'web' }), tainted('NoSchedule'))).toBe(
      'taint role',
    );
    const other = { key: 'role', operator: 'Exists', effect: 'NoExecute' };
    expect(misfit(tolerating(other), tainted('NoSchedule'))).toBe('taint role');
  });

  test('node selectors', () => {
    expect(misfit(pod({ nodeSelector: { zone: 'a' } }), node)).toBeNull();
    expect(misfit(pod({ nodeSelector: { zone: 'b' } }), node)).toBe('node selector');
  });

  test('required node affinity: any of its terms, all of a term', () => {
    const zone = (value: string) => ({ key: 'zone', operator: 'In', values: [value] });
    const many = { key: 'cpus', operator: 'Gt', values: ['4'] };
    expect(misfit(affine({ matchExpressions: [zone('a'), many] }), node)).toBeNull();
    expect(misfit(affine({ matchExpressions: [zone('b'), many] }), node)).toBe('node affinity');
    expect(
      misfit(affine({ matchExpressions: [zone('b')] }, { matchExpressions: [zone('a')] }), node),
    ).toBeNull();
    const named = { key: 'metadata.name', operator: 'In', values: ['n'] };
    expect(misfit(affine({ matchFields: [named] }), node)).toBeNull();
    expect(misfit(affine({}), node)).toBe('node affinity');
  });

  test('what is not judged is named', () => {
    const required = { requiredDuringSchedulingIgnoredDuringExecution: [{}] };
    const wishes = pod({
      affinity: { podAffinity: required, podAntiAffinity: required },
      topologySpreadConstraints: [{ whenUnsatisfiable: 'DoNotSchedule' }],
      volumes: [{ name: 'v', persistentVolumeClaim: {} }],
      containers: [{ ports: [{ hostPort: 80 }] }],
    });
    expect(unjudged(wishes)).toEqual([
      'pod affinity',
      'pod anti-affinity',
      'topology spread',
      'volumes',
      'host ports',
    ]);
    const harmless = pod({
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
      topologySpreadConstraints: [{ whenUnsatisfiable: 'ScheduleAnyway' }],
      containers: [{ ports: [{}] }],
    });
    expect(unjudged(harmless)).toEqual([]);
  });
});
