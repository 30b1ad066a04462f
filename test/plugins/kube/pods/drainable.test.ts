import { describe, expect, test } from '@jest/globals';
import { nameOf, type Pod } from '../../../../plugins/kube/api/objects.js';
import { drainable, refusedOf } from '../../../../plugins/kube/pods/drainable.js';
import { recordedItems } from '../fixture.js';

const pods = recordedItems<Pod>('kubectl/pods.json');
const on = (node: string) => pods.filter(({ spec }) => spec.nodeName === node);

function pod(
  name: string,
  more: Partial<Pod['metadata']> = {},
  spec: Partial<Pod['spec']> = {},
): Pod {
  const owner = { kind: 'ReplicaSet', name: 'r', controller: true };
  return {
    metadata: { name, namespace: 'default', uid: name, ownerReferences: [owner], ...more },
    spec,
    status: { phase: 'Running' },
  };
}

describe('pods that have to leave a node', () => {
  test('DaemonSets and mirror pods stay, the others go, by name', () => {
    expect(drainable(on('k8s-w0')).pods.map(nameOf)).toEqual(['default/webpod-ff5b4c558-jq92p']);
    expect(drainable(on('k8s-ctr')).pods.map(nameOf)).toEqual([
      'default/webpod-ff5b4c558-5tfrp',
      'kube-system/cilium-operator-54db785b69-2ml5n',
      'kube-system/coredns-674b8bbfcf-bs82p',
      'kube-system/coredns-674b8bbfcf-mmxdz',
    ]);
  });

  test('finished pods stay', () => {
    const done = { ...pod('a'), status: { phase: 'Succeeded' } };
    const failed = { ...pod('b', { ownerReferences: [] }), status: { phase: 'Failed' } };
    expect(drainable([done, failed]).pods).toEqual([]);
  });

  test('an owner that is no controller is none', () => {
    const bare = pod('a', { ownerReferences: [{ kind: 'ReplicaSet', name: 'r' }] });
    expect(refusedOf(drainable([bare]), {})).toEqual([
      { pod: 'default/a', why: 'has no controller', input: 'allowUnmanaged' },
    ]);
  });

  test('permission is asked for each loss, unless it is given', () => {
    const scratch = { volumes: [{ name: 's', emptyDir: {} }] };
    const found = drainable([
      pod('a', { ownerReferences: [] }, scratch),
      pod('b', {}, scratch),
      pod('c'),
    ]);
    const asked = (permission: object) =>
      refusedOf(found, permission).map(({ pod: name, input }) => `${name} ${input}`);
    expect(asked({})).toEqual([
      'default/a allowUnmanaged',
      'default/a allowEmptyDir',
      'default/b allowEmptyDir',
    ]);
    expect(asked({ allowEmptyDir: true })).toEqual(['default/a allowUnmanaged']);
    expect(asked({ allowUnmanaged: true })).toEqual([
      'default/a allowEmptyDir',
      'default/b allowEmptyDir',
    ]);
    expect(asked({ allowEmptyDir: true, allowUnmanaged: true })).toEqual([]);
  });

  test('what is ending has to go, and needs no permission any more', () => {
    const ending = pod('a', { ownerReferences: [], deletionTimestamp: '2026-11-24T00:00:00Z' });
    const found = drainable([ending]);
    expect(found.pods).toEqual([ending]);
    expect(refusedOf(found, {})).toEqual([]);
  });
});
