import { describe, expect, test } from '@jest/globals';
import type { Node } from '../../../plugins/kube/api/objects.js';
import { kubeSchedulable } from '../../../plugins/kube/schedulable.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { fakeCluster } from './fake-kubectl.js';
import { recordedItems } from './fixture.js';

const captured = recordedItems<Node>('kubectl/nodes.json').find(
  ({ metadata }) => metadata.name === 'k8s-w0',
)!;

/** A node that takes merge patches of the version that it has. */
function nodeThatIs(unschedulable: boolean): {
  node: () => Node;
  target: ReturnType<typeof fakeCluster>['cluster'];
} {
  let node: Node = { ...captured, spec: unschedulable ? { unschedulable } : {} };
  const { cluster } = fakeCluster((args) => {
    if (args[0] === 'get') return JSON.stringify(node);
    const patch = JSON.parse(args[4]?.replace('--patch=', '') ?? '') as {
      metadata: { resourceVersion: string };
      spec: { unschedulable: true | null };
    };
    if (patch.metadata.resourceVersion !== node.metadata.resourceVersion) {
      return { exitCode: 1, stderr: 'Error from server (Conflict): the object has been modified' };
    }
    const version = String(Number(node.metadata.resourceVersion) + 1);
    node = {
      ...node,
      metadata: { ...node.metadata, resourceVersion: version },
      spec: patch.spec.unschedulable === null ? {} : { unschedulable: true },
    };
    return 'node/k8s-w0';
  });
  return { node: () => node, target: cluster };
}

function situation(
  title: string,
  cordoned: boolean,
  schedulable: boolean,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const { node, target } = nodeThatIs(cordoned);
      return Promise.resolve({
        target,
        input: { node: 'k8s-w0', schedulable },
        snapshot: () => Promise.resolve(node().spec),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

laws(kubeSchedulable, {
  cases: [
    situation('to be cordoned', false, false, { later: { node: 'k8s-w0', schedulable: true } }),
    situation('to be uncordoned', true, true),
    situation('cordoned already', true, false, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'an option as the name of a node', input: { node: '--all', schedulable: false } },
    { title: 'a path as the name of a node', input: { node: '../pods', schedulable: false } },
    { title: 'neither true nor false', input: { node: 'k8s-w0', schedulable: 'no' } },
    { title: 'an unknown field', input: { node: 'k8s-w0', schedulable: false, drain: true } },
  ],
});

describe('a node', () => {
  const on = (node: Node) =>
    attempt(kubeSchedulable, {
      target: fakeCluster(() => JSON.stringify(node)).cluster,
      input: { node: 'k8s-w0', schedulable: true },
      cleanup: () => Promise.resolve(),
    }).check();

  test('that still has the taint of a cordon is not yet schedulable', async () => {
    const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
    expect((await on({ ...captured, spec: { taints: [taint] } })).drift).toMatch(
      /^k8s-w0 still has the taint node\.kubernetes\.io\/unschedulable: /,
    );
    expect((await on(captured)).drift).toBeNull();
  });

  test('is put back when that taint is gone, unless it had it before', () => {
    const restored = (tainted: boolean, found: { schedulable: boolean; tainted: boolean }) =>
      kubeSchedulable.restored?.({ schedulable: true, tainted }, found);
    expect(restored(false, { schedulable: true, tainted: true })).toBe(
      'it still has the taint node.kubernetes.io/unschedulable',
    );
    expect(restored(false, { schedulable: false, tainted: false })).toBe('it is cordoned');
    expect(restored(false, { schedulable: true, tainted: false })).toBeNull();
    expect(restored(true, { schedulable: true, tainted: true })).toBeNull();
  });
});
