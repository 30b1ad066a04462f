import { expect, test } from '@jest/globals';
import { parseWrittenAt } from '../../../plugins/cilium/agent/age.js';
import { ciliumAgentsRenewed } from '../../../plugins/cilium/agents-renewed.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { fakeCluster } from '../kube/fake-kubectl.js';
import { capturedJson } from './captures.js';

// Its laws are proven on a real cluster: test/lab/cilium.test.ts.
laws(ciliumAgentsRenewed, {
  cases: [],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'an option as a pod', input: { replace: ['--all'] } },
    { title: 'no patience', input: { patience: '10ms' } },
    { title: 'a time without unit', input: { within: '15' } },
  ],
});

interface AgentPod {
  readonly name: string;
  readonly createdAt: string;
  readonly template: string;
}

const [before, written, after] = ['05', '10', '20'].map((second) => `2026-11-27T02:32:${second}Z`);
const nodes = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];

/** A cluster whose DaemonSet makes a new pod as soon as one is evicted. */
class Cluster {
  readonly agents = new Map<string, AgentPod>();
  readonly evicted: string[] = [];
  /** Nodes whose new agent has a degraded module. */
  degraded: readonly string[] = [];
  /** How often the sessions of a new agent are looked at before they are up. */
  coming = 0;
  readonly fake = fakeCluster((args, input) => this.#reply(args.join(' '), input));

  constructor() {
    for (const node of nodes) {
      this.agents.set(node, { name: `old-${node}`, createdAt: before ?? '', template: 't1' });
    }
  }

  #pod([node, { name, createdAt, template }]: [string, AgentPod]): object {
    const labels = { 'controller-revision-hash': template, 'k8s-app': 'cilium' };
    const running = { state: { running: { startedAt: createdAt } }, name: 'cilium-agent' };
    return {
      metadata: {
        name,
        namespace: 'kube-system',
        uid: `uid-${name}`,
        creationTimestamp: createdAt,
        labels,
      },
      spec: { nodeName: node },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [running],
      },
    };
  }

  #peers(): unknown {
    const [peer] = capturedJson('bgp-peers.json') as readonly object[];
    const up = this.coming <= 0;
    this.coming -= 1;
    const state = up ? 'established' : 'active';
    return [{ ...peer, 'session-state': state, 'uptime-nanoseconds': 0 }];
  }

  #reply(text: string, input: string): string {
    const json = (value: unknown): string => JSON.stringify(value);
    const items = (list: readonly unknown[]): string => json({ items: list });
    const named = (names: readonly string[]): string =>
      items(names.map((name) => ({ metadata: { name } })));
    if (text.startsWith('get nodes ')) return named(nodes);
    if (text.startsWith('get ciliumbgpnodeconfigs')) return named(nodes);
    if (text.startsWith('get pods ')) return items([...this.agents].map((one) => this.#pod(one)));
    if (text.startsWith('get daemonsets.apps ')) {
      return items([{ metadata: { name: 'cilium', namespace: 'kube-system' } }]);
    }
    if (text.startsWith('get controllerrevisions.apps ')) {
      const labels = { 'controller-revision-hash': 't1' };
      return items([{ metadata: { name: 'cilium-t1', labels }, revision: 1 }]);
    }
    if (text.startsWith('get configmap cilium-config ')) {
      const managedFields = [{ manager: 'helm', time: written }];
      return json({ metadata: { creationTimestamp: before, managedFields } });
    }
    if (text.startsWith('create --raw ')) {
      const { metadata, deleteOptions } = JSON.parse(input) as {
        metadata: { name: string };
        deleteOptions: { preconditions: { uid: string } };
      };
      const [node] = [...this.agents].find(([, { name }]) => name === metadata.name) ?? [''];
      expect(deleteOptions.preconditions.uid).toBe(`uid-${metadata.name}`);
      this.evicted.push(node);
      this.agents.set(node, { name: `new-${node}`, createdAt: after ?? '', template: 't1' });
      return '{}';
    }
    if (text.includes('cilium-dbg status -o json')) return json(capturedJson('status.json'));
    if (text.includes('cilium-dbg bgp peers')) return json(this.#peers());
    if (text.includes('cilium-dbg metrics list')) {
      const bad = this.degraded.some((node) => text.includes(` new-${node} `));
      return json(capturedJson(bad ? 'metrics-degraded.json' : 'metrics.json'));
    }
    // One that is degraded for a passing reason: the count says so, and the tree no more.
    if (text.includes('cilium-dbg status --verbose')) return '';
    throw new Error(`not expected: kubectl ${text}`);
  }
}

function worker(cluster: Cluster, input: object) {
  const target = cluster.fake.cluster;
  return attempt(ciliumAgentsRenewed, { target, input, cleanup: () => Promise.resolve() });
}

test('agents older than their configuration go one after the other, in the order told', async () => {
  const cluster = new Cluster();
  const one = worker(cluster, { nodes: ['k8s-w1', 'k8s-ctr', 'k8s-w0'] });
  const { before: found, drift } = await one.check();
  expect(drift).toBe('3 agents to renew: k8s-w1, k8s-ctr, k8s-w0');
  expect(found).toEqual({ outdated: 3, unwell: 0 });
  expect(await one.apply(found)).toMatchObject({ renewed: ['k8s-w1', 'k8s-ctr', 'k8s-w0'] });
  expect(cluster.evicted).toEqual(['k8s-w1', 'k8s-ctr', 'k8s-w0']);
  expect((await one.check()).drift).toBeNull();
  await one.apply(found);
  expect(cluster.evicted).toHaveLength(3);
});

test('what is wrong stops at the first node', async () => {
  const cluster = new Cluster();
  cluster.degraded = nodes;
  const one = worker(cluster, { patience: '1s' });
  const { before: found } = await one.check();
  await expect(one.apply(found)).rejects.toMatchObject({
    code: 'not-settled',
    class: 'permanent',
    message: expect.stringMatching(/^lab: k8s-ctr: 1 modules were degraded$/),
  });
  expect(cluster.evicted).toEqual(['k8s-ctr']);
});

test('one that is asked for is replaced once, and no other', async () => {
  const cluster = new Cluster();
  const input = { nodes: ['k8s-w0'], replace: ['old-k8s-w0'] };
  for (const node of nodes) {
    cluster.agents.set(node, { name: `old-${node}`, createdAt: after ?? '', template: 't1' });
  }
  const one = worker(cluster, input);
  const { before: found, drift } = await one.check();
  expect({ found, drift }).toEqual({
    found: { outdated: 0, unwell: 0 },
    drift: '1 agent to renew: k8s-w0',
  });
  await one.apply(found);
  expect((await one.check()).drift).toBeNull();
  expect(cluster.evicted).toEqual(['k8s-w0']);
});

test('sessions that were away for too long are a failure, and no further agent is touched', async () => {
  const cluster = new Cluster();
  cluster.coming = 1;
  const one = worker(cluster, { within: '1ms' });
  const { before: found } = await one.check();
  await expect(one.apply(found)).rejects.toMatchObject({
    code: 'not-settled',
    message: expect.stringMatching(
      /^lab: the sessions of k8s-ctr were away for .*, longer than 1ms/,
    ),
  });
  expect(cluster.evicted).toEqual(['k8s-ctr']);
});

test('the longest time is told', async () => {
  const cluster = new Cluster();
  cluster.coming = 1;
  const one = worker(cluster, { within: '1m' });
  const { before: found } = await one.check();
  const output = (await one.apply(found)) as { longestAwayMs: number };
  expect(output.longestAwayMs).toBeGreaterThanOrEqual(500);
});

test('an undo renews whatever is older than what is configured by then, on all nodes', async () => {
  const cluster = new Cluster();
  const one = worker(cluster, { nodes: ['k8s-w0'] });
  await one.undo({ outdated: 0, unwell: 0 });
  expect(cluster.evicted).toEqual(nodes);
  expect(await one.restored({ outdated: 0, unwell: 0 })).toBeNull();
});

test('an object was written when its last writer wrote it', () => {
  const metadata = {
    creationTimestamp: '2026-11-27T02:32:05Z',
    managedFields: [
      { manager: 'helm', time: '2026-11-27T02:38:24Z' },
      { manager: 'kubectl', time: '2026-11-27T02:35:00Z' },
      { manager: 'who' },
    ],
  };
  expect(parseWrittenAt({ metadata })).toBe(Date.parse('2026-11-27T02:38:24Z'));
  expect(() => parseWrittenAt({ metadata: {} })).toThrow(TypeError);
  expect(() => parseWrittenAt({ metadata: { creationTimestamp: 'now' } })).toThrow(TypeError);
});
