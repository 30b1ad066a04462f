import { describe, expect, test } from '@jest/globals';
import type { ActionContext } from '../../../../core/action.js';
import { milliseconds } from '../../../../core/duration.js';
import { drain, type DrainOptions } from '../../../../plugins/kube/pods/drain.js';
import { FakeCluster } from '../fake-cluster.js';

function contextOf(cluster: FakeCluster): ActionContext {
  return {
    target: cluster.target,
    on: () => cluster.target,
    run: { id: 'r', step: 's', startedAt: '2026-11-24T00:00:00Z', user: 'u' },
    secrets: [],
    signal: new AbortController().signal,
    sleep: (duration) => {
      cluster.sleep(milliseconds(duration));
      return Promise.resolve();
    },
    now: () => cluster.now(),
    report: (drift) => {
      if (cluster.reports.at(-1) !== drift) cluster.reports.push(drift);
    },
  };
}

const run = (cluster: FakeCluster, options: Partial<DrainOptions> = {}): Promise<void> =>
  drain(contextOf(cluster), { node: 'n', ...options });

describe('draining', () => {
  test('every pod is evicted once, and waited for until it is gone', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.add('q');
    await run(cluster);
    expect(cluster.evictions).toEqual(['p', 'q']);
    expect(cluster.pods).toEqual([]);
    expect(cluster.reports).toEqual([
      'evicting a/p',
      'evicting a/q',
      '0 of 2 pods gone',
      '0 of 2 pods gone; ending: a/p, a/q',
    ]);
  });

  test('a refused pod is tried again every 5 s, with its budget named, until it is allowed', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.guard('strict', 0);
    cluster.onLook = (look) => {
      if (look === 20) cluster.budgets = [];
    };
    await run(cluster);
    // Tried at 0, 5, 10, 15 and 20 s.
    expect(cluster.evictions).toHaveLength(5);
    expect(cluster.reports).toContain(
      '0 of 1 pod gone; a/p: disruption budget a/strict needs 3 healthy pods and has 3',
    );
    // What it says in between is never less.
    expect(cluster.reports.filter((text) => text.startsWith('evicting'))).toHaveLength(1);
  });

  test('a 429 without a budget tells the words of the API server', async () => {
    const cluster = new FakeCluster();
    cluster.add('p', {
      metadata: { ...cluster.add('x').metadata, name: 'p', uid: 'p', labels: {} },
    });
    cluster.pods = cluster.pods.filter(({ metadata }) => metadata.name === 'p');
    cluster.guard('other', 0);
    cluster.onLook = (look) => {
      if (look === 4) cluster.budgets = [];
    };
    await run(cluster);
    expect(cluster.reports).toContain(
      "0 of 1 pod gone; a/p: Cannot evict pod as it would violate the pod's disruption budget.",
    );
  });

  test('nothing is evicted where two budgets guard one of the pods', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.guard('a', 1);
    cluster.guard('b', 1);
    await expect(run(cluster)).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
    expect(cluster.evictions).toEqual([]);
  });

  test('nothing is evicted where one of the pods needs permission', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.add('q', { spec: { nodeName: 'n', volumes: [{ name: 'v', emptyDir: {} }] } });
    await expect(run(cluster)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('a/q has emptyDir volumes'),
      hint: expect.stringContaining('allowEmptyDir: true'),
    });
    expect(cluster.evictions).toEqual([]);
    await run(cluster, { allowEmptyDir: true });
    expect(cluster.pods).toEqual([]);
  });

  test('a pod that never ends fails after its grace period and a minute, or after podTimeout', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.immortal.add('p');
    await expect(run(cluster)).rejects.toMatchObject({
      code: 'not-settled',
      message: expect.stringContaining('has not ended on n within 90 s'),
    });
    expect(cluster.evictions).toEqual(['p']);
    const other = new FakeCluster();
    other.add('p');
    other.immortal.add('p');
    await expect(run(other, { podTimeout: 5000 })).rejects.toMatchObject({
      message: expect.stringContaining('within 5 s'),
    });
  });

  test('while the kubelet is dead, it is said that nothing ends its pods', async () => {
    const cluster = new FakeCluster();
    cluster.add('p');
    cluster.immortal.add('p');
    const conditions = [
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      },
    ];
    cluster.node = { ...cluster.node, status: { conditions } };
    await expect(run(cluster)).rejects.toMatchObject({ code: 'not-settled' });
    expect(cluster.reports.at(-1)).toBe(
      'n is unknown (NodeStatusUnknown: Kubelet stopped posting node status.), and nothing ends its pods; 0 of 1 pod gone; ending: a/p',
    );
  });

  test('a second attempt waits for what the first has evicted, and evicts the rest', async () => {
    const cluster = new FakeCluster();
    const ending = cluster.add('p');
    cluster.pods = [{ ...ending, metadata: { ...ending.metadata, deletionTimestamp: 'then' } }];
    cluster.add('q');
    cluster.onLook = (look) => {
      if (look === 4) cluster.pods = cluster.pods.filter(({ metadata }) => metadata.name !== 'p');
    };
    await run(cluster);
    expect(cluster.evictions).toEqual(['q']);
  });

  test('a successor of the same name is not evicted in its place', async () => {
    const cluster = new FakeCluster();
    const pod = cluster.add('db-0');
    cluster.onLook = (look) => {
      // Between look and eviction the pod has moved to another node, under its old name.
      if (look === 2) cluster.pods = [{ ...pod, metadata: { ...pod.metadata, uid: 'next' } }];
      if (look === 3) cluster.pods = [];
    };
    const seen = cluster.target.run;
    expect(seen).toBeDefined();
    await run(cluster);
    expect(cluster.pods).toEqual([]);
  });
});
