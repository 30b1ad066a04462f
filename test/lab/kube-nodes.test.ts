import { describe, expect } from '@jest/globals';
import { kubeClaimed } from '../../plugins/kube/claimed.js';
import { kubeLabel } from '../../plugins/kube/label.js';
import { kubeNodeReady } from '../../plugins/kube/node-ready.js';
import { kubeNodesHealthy } from '../../plugins/kube/nodes-healthy.js';
import { kubeSchedulable } from '../../plugins/kube/schedulable.js';
import { kubeUnclaimed } from '../../plugins/kube/unclaimed.js';
import { laws, type LawCase } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab } from './kube-fixture.js';

const open = createLabTargets();
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const node = hostsOf('nodes')[0] ?? 'no-node';
const world = (input: unknown) => ({ target: cluster, input, cleanup: () => Promise.resolve() });

/** Everything of the node that an operator or an action may set. */
async function nodeState(): Promise<unknown> {
  const text = await kubectl(cluster('check'), ['get', 'node', node, '--output=json']);
  const { metadata, spec } = JSON.parse(text) as {
    metadata: { labels: object; annotations: object };
    spec: { taints?: { timeAdded?: string }[] };
  };
  const taints = spec.taints?.map((taint) => ({ ...taint, timeAdded: null }));
  return { labels: metadata.labels, annotations: metadata.annotations, spec: { ...spec, taints } };
}

/** As the lab gave it. */
async function cleanup(): Promise<void> {
  const labels = ['law-a-', 'law-b-', 'law-c-'];
  await kubectl(cluster('apply'), ['label', 'node', node, ...labels, '--output=name']);
  await kubectl(cluster('apply'), ['uncordon', node]);
}

function situation(
  title: string,
  arrange: readonly (readonly string[])[],
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: async () => {
      for (const args of arrange) await kubectl(cluster('apply'), args);
      return { ...world(input), snapshot: nodeState, cleanup };
    },
    ...more,
  };
}

laws(kubeSchedulable, {
  test: needsLab('nodes'),
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation('a node that is schedulable', [['uncordon', node]], { node, schedulable: false }),
    situation('a node that is cordoned', [['cordon', node]], { node, schedulable: true }),
    situation(
      'a node that is cordoned as wanted',
      [['cordon', node]],
      { node, schedulable: false },
      {
        finds: 'nothing',
      },
    ),
    situation(
      'a node that is schedulable as wanted',
      [['uncordon', node]],
      { node, schedulable: true },
      {
        finds: 'nothing',
      },
    ),
  ],
  bad: [],
});

const inLeases = '--namespace=medik8s-leases';

/** Who holds the lease of the node; its times differ from one world to the next. */
async function claim(): Promise<unknown> {
  const args = ['get', 'lease', `node-${node}`, inLeases, '--ignore-not-found', '-o=json'];
  const text = await kubectl(cluster('check'), args);
  if (text === '') return null;
  const { spec } = JSON.parse(text) as {
    spec: { holderIdentity: string; leaseDurationSeconds: number; renewTime: string };
  };
  const { holderIdentity, leaseDurationSeconds, renewTime } = spec;
  // A lease whose time is up keeps nobody off.
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 > Date.now() ? holderIdentity : null;
}

/** Where no operator of medik8s is, there is no such namespace. */
async function makeLeases(): Promise<void> {
  const args = ['get', 'namespace', 'medik8s-leases', '--ignore-not-found', '-o=name'];
  if ((await kubectl(cluster('check'), args)) !== '') return;
  await kubectl(cluster('apply'), ['create', 'namespace', 'medik8s-leases']);
}

/** Has another tool hold the lease of the node, for an hour from then. */
async function holdSince(time: number): Promise<void> {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: `node-${node}`, namespace: 'medik8s-leases' },
    spec: {
      holderIdentity: 'node-maintenance',
      leaseDurationSeconds: 3600,
      renewTime: new Date(time).toISOString().replace('Z', '000Z'),
    },
  };
  await kubectl(cluster('apply'), ['apply', '--filename=-'], { input: JSON.stringify(lease) });
}

async function releaseAll(): Promise<void> {
  const args = ['delete', 'lease', `node-${node}`, inLeases, '--ignore-not-found'];
  await kubectl(cluster('apply'), args);
}

function claims(title: string, arrange: () => Promise<void>): LawCase {
  return {
    title,
    arrange: async () => {
      await releaseAll();
      await arrange();
      return { ...world({ node, for: '1h' }), snapshot: claim, cleanup: releaseAll };
    },
  };
}

laws(kubeClaimed, {
  test: needsLab('nodes'),
  killPoints: 3,
  timeoutMs: 300_000,
  cases: [
    claims('a node that nobody has', () => Promise.resolve()),
    claims('a lease whose time is up', async () => {
      await makeLeases();
      await holdSince(Date.now() - 7_200_000);
    }),
  ],
  bad: [],
});

const label = (labels: object): object => ({ kind: 'node', name: node, labels });

laws(kubeLabel, {
  test: needsLab('nodes'),
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    situation(
      'one to be changed, one to be added, one to be taken away',
      [['label', 'node', node, '--overwrite', 'law-a=old', 'law-b-', 'law-c=gone']],
      label({ 'law-a': 'new', 'law-b': '', 'law-c': null }),
    ),
    situation(
      'of a list of objects',
      [['label', 'node', node, '--overwrite', 'law-a=old', 'law-b-', 'law-c-']],
      { kind: 'node', name: [node], labels: { 'law-a': 'new', 'law-c': '' } },
      { deaths: false },
    ),
    situation(
      'labels as wanted',
      [['label', 'node', node, '--overwrite', 'law-a=1', 'law-b-', 'law-c-']],
      label({ 'law-a': '1', 'law-b': null }),
      {
        finds: 'nothing',
      },
    ),
  ],
  bad: [],
});

describe('nodes of a real cluster', () => {
  const test = needsLab('nodes');

  test('a node is ready when its kubelet is seen to renew its lease', async () => {
    const found = await attempt(kubeNodeReady, world({ node })).check();
    expect(found.drift).toBeNull();
    expect(found.output).toMatchObject({ kubelet: expect.stringMatching(/^v1\./) });
  }, 60_000);

  test('a report from before the reboot does not count', async () => {
    const since = new Date(Date.now() + 3_600_000).toISOString();
    const { drift } = await attempt(kubeNodeReady, world({ node, since })).check();
    expect(drift).toMatch(/is called Ready, but by a report from \S+, before /);
  }, 60_000);

  test('a node that does not exist is not ready', async () => {
    const { drift } = await attempt(kubeNodeReady, world({ node: 'nope' })).check();
    expect(drift).toBe('there is no node nope');
  }, 60_000);

  test('another tool that has the node is named, and none where it is free', async () => {
    const free = await attempt(kubeUnclaimed, world({ node })).check();
    expect(free).toMatchObject({ drift: null, output: { claims: [] } });
    const apply = cluster('apply');
    await makeLeases();
    try {
      await holdSince(Date.now());
      await kubectl(apply, ['label', 'node', node, 'kubeone.io/upgrade-in-progress=']);
      const { drift } = await attempt(kubeUnclaimed, world({ node })).check();
      expect(drift).toMatch(/kubeone upgrades it.*; node-maintenance holds medik8s-leases\/node-/);
      // What another holds is not taken, nor released.
      const attempts = attempt(kubeClaimed, world({ node }));
      await expect(attempts.apply({ claimed: false })).rejects.toMatchObject({ code: 'refused' });
      await attempts.undo({ claimed: false });
      expect(await claim()).toBe('node-maintenance');
    } finally {
      await kubectl(apply, ['label', 'node', node, 'kubeone.io/upgrade-in-progress-']);
      await releaseAll();
    }
  }, 60_000);

  test('a cordoned node is named, unless it is the one to be worked on', async () => {
    await kubectl(cluster('apply'), ['cordon', node]);
    try {
      const all = await attempt(kubeNodesHealthy, world({})).check();
      expect(all.drift).toBe(`${node} is cordoned`);
      const others = await attempt(kubeNodesHealthy, world({ except: node })).check();
      expect(others.drift).toBeNull();
    } finally {
      await kubectl(cluster('apply'), ['uncordon', node]);
    }
    const many = await attempt(kubeNodesHealthy, world({ expected: 99 })).check();
    expect(many.drift).toMatch(/nodes instead of 99$/);
  }, 60_000);
});
