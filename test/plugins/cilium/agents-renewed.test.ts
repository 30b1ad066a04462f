import { describe, expect, test } from '@jest/globals';
import { newestTemplate, parseSettings, stale } from '../../../plugins/cilium/renewal/age.js';
import { ciliumAgentsRenewed } from '../../../plugins/cilium/agents-renewed.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { fakeCluster } from '../kube/fake-kubectl.js';
import { captured, capturedJson } from './captures.js';

interface AgentPod {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
}

const former = { 'bpf-lb-mode': 'dsr', debug: 'false' };
const now = { debug: 'false' };
const nodes = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];

/** What the script prints that reads the settings of an agent. */
function printed(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
}

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
      this.agents.set(node, { name: `old-${node}`, settings: former });
    }
  }

  #pod([node, { name }]: [string, AgentPod]): object {
    const labels = { 'controller-revision-hash': 't1', 'k8s-app': 'cilium' };
    const running = {
      state: { running: { startedAt: '2026-11-27T02:32:20Z' } },
      name: 'cilium-agent',
    };
    return {
      metadata: {
        name,
        namespace: 'kube-system',
        uid: `uid-${name}`,
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
    if (text.startsWith('get configmaps ')) return items([{ data: now }]);
    if (text.startsWith('get ciliumnodeconfigs.cilium.io ')) return items([]);
    if (text.startsWith('create --raw ')) {
      const { metadata, deleteOptions } = JSON.parse(input) as {
        metadata: { name: string };
        deleteOptions: { preconditions: { uid: string } };
      };
      const [node] = [...this.agents].find(([, { name }]) => name === metadata.name) ?? [''];
      expect(deleteOptions.preconditions.uid).toBe(`uid-${metadata.name}`);
      this.evicted.push(node);
      this.agents.set(node, { name: `new-${node}`, settings: now });
      return '{}';
    }
    if (text.includes('cd /tmp/cilium/config-map')) {
      const { settings = {} } =
        [...this.agents.values()].find(({ name }) => text.includes(` ${name} `)) ?? {};
      return printed({ ...settings, 'config-sources': '[]' });
    }
    if (text.includes('cilium-dbg status -o json')) return json(capturedJson('status.json'));
    if (text.includes('cilium-dbg bgp peers')) return json(this.#peers());
    if (text.includes('cilium-dbg shell -- health')) {
      const bad = this.degraded.some((node) => text.includes(` new-${node} `));
      return captured(bad ? 'health-degraded.txt' : 'health-well.txt');
    }
    throw new Error(`not expected: kubectl ${text}`);
  }
}

/** A cluster of its own for each world. What an agent was made with cannot come back: that it stands, can. */
function situation(
  title: string,
  input: object,
  settings: Readonly<Record<string, string>>,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const cluster = new Cluster();
      for (const node of nodes) cluster.agents.set(node, { name: `old-${node}`, settings });
      const snapshot = () => Promise.resolve([...cluster.agents.keys()].sort());
      const cleanup = () => Promise.resolve();
      return Promise.resolve({ target: cluster.fake.cluster, input, snapshot, cleanup });
    },
    ...more,
  };
}

// Beside a cluster whose agents tell what they do: test/lab/dsr-migration.test.ts.
laws(ciliumAgentsRenewed, {
  // Each death is a pod that comes back: half a second of looking at it.
  killPoints: 8,
  cases: [
    situation('agents of another configuration', {}, former),
    situation('one of them', { nodes: ['k8s-w0'], within: '1m' }, former, { deaths: false }),
    situation('one that is asked for', { nodes: ['k8s-w1'], replace: ['old-k8s-w1'] }, now),
    situation('all as configured', {}, now, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'an option as a node', input: { nodes: ['--all'] } },
    { title: 'an option as a pod', input: { replace: ['--all'] } },
    { title: 'no patience', input: { patience: '10ms' } },
    { title: 'a time without unit', input: { within: '15' } },
  ],
});

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
    message: expect.stringMatching(
      /^lab: k8s-ctr: degraded: orchestrator\/job-reinitialize: Failed to reinitialize/,
    ),
  });
  expect(cluster.evicted).toEqual(['k8s-ctr']);
});

test('one that is asked for is replaced once, and no other', async () => {
  const cluster = new Cluster();
  const input = { nodes: ['k8s-w0'], replace: ['old-k8s-w0'] };
  for (const node of nodes) {
    cluster.agents.set(node, { name: `old-${node}`, settings: now });
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

describe('the age of an agent', () => {
  const newest = { settings: now, overridden: new Set<string>(), template: 't1', rolling: true };

  test('shows in settings that are others now, or gone, or new', () => {
    expect(stale(former, newest)).toEqual(['bpf-lb-mode']);
    expect(stale({ debug: 'true' }, newest)).toEqual(['debug']);
    expect(stale({}, newest)).toEqual(['debug']);
    expect(stale(now, newest)).toEqual([]);
  });

  test('and not in what is given to some nodes alone', () => {
    expect(stale(former, { ...newest, overridden: new Set(['bpf-lb-mode']) })).toEqual([]);
  });

  test('settings of several lines are read whole; half an answer is none', () => {
    expect(parseSettings(printed({ a: 'x\ny=z\n', b: '', 'config-sources': '[]' }))).toEqual({
      a: 'x\ny=z\n',
      b: '',
    });
    expect(parseSettings('a\0x\0b\0')).toBeNull();
    expect(parseSettings('a\0x')).toBeNull();
    expect(parseSettings('')).toBeNull();
  });

  test('the newest template is that of the highest number', () => {
    const revision = (hash: string, number: number) => ({
      metadata: { name: hash, labels: { 'controller-revision-hash': hash } },
      revision: number,
    });
    expect(newestTemplate([revision('a', 3), revision('b', 2)])).toBe('a');
    expect(newestTemplate([])).toBeNull();
  });
});
