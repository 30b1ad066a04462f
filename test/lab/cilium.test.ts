import { describe, expect } from '@jest/globals';
import { ciliumAgentReady } from '../../plugins/cilium/agent-ready.js';
import { ciliumBackendsElsewhere } from '../../plugins/cilium/backends-elsewhere.js';
import { ciliumBgpEstablished } from '../../plugins/cilium/bgp-established.js';
import { ciliumBgpNode } from '../../plugins/cilium/bgp-node.js';
import { ciliumBgpPeering } from '../../plugins/cilium/bgp-peering.js';
import type { AnyAction } from '../../core/action.js';
import { laws, type LawCase } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab, until } from './kube-fixture.js';

const namespace = 'test-cilium';
const open = createLabTargets(finish);
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const router = open(hostsOf('routers')[0] ?? 'no-router');
const node = hostsOf('workers').at(-1) ?? 'no-node';
const other = hostsOf('nodes').find((name) => name !== node) ?? 'no-node';
const address = lab?.inventory.hosts[node]?.address ?? '192.0.2.1';
const test = needsLab('workers', 'routers');

const k = (...args: string[]): Promise<string> => kubectl(cluster('apply'), args);

async function put(...objects: object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(cluster('apply'), ['apply', '--filename=-'], { input });
}

/** Prefixes that the router's kernel sends to the node. */
async function routed(): Promise<string[]> {
  interface Route {
    readonly dst: string;
    readonly gateway?: string;
    readonly nexthops?: readonly { readonly gateway: string }[];
  }
  const { stdout } = await router('check').run('ip', ['-j', 'route', 'show', 'proto', 'bgp']);
  return (JSON.parse(stdout) as Route[])
    .filter(({ gateway, nexthops = [] }) =>
      [gateway, ...nexthops.map((hop) => hop.gateway)].includes(address),
    )
    .map(({ dst }) => dst)
    .sort();
}

/** Paths over the node that the router trusts: what it only keeps for a peer that was lost is not among them. */
async function fresh(): Promise<boolean> {
  const args = ['-c', `show bgp ipv4 unicast neighbors ${address} routes json`];
  const { stdout } = await router('check').run('vtysh', args, { sudo: true });
  const { routes = {} } = JSON.parse(stdout) as {
    routes?: Record<string, readonly { readonly stale?: boolean }[]>;
  };
  const paths = Object.values(routes).flat();
  return paths.length > 1 && paths.every(({ stale }) => stale !== true);
}

const label = (value: string): Promise<string> =>
  k('label', 'node', node, '--overwrite', '--output=name', `enable-bgp=${value}`);

const labelled = (): Promise<string> =>
  k('get', 'node', node, '--output=jsonpath={.metadata.labels.enable-bgp}');

/** The pod network of the node, and the service address. */
const all = 2;
const withdrawn = (): Promise<void> =>
  until(`the router has no route over ${node}`, async () => (await routed()).length === 0);
const announced = (): Promise<void> =>
  until(
    `the router has its routes over ${node}`,
    async () => (await routed()).length === all && (await fresh()),
  );

/** Whether the node is selected; and what follows from it on the router, as soon as it does. */
async function snapshot(): Promise<unknown> {
  const value = await labelled();
  await (value === 'true' ? announced() : withdrawn());
  return { value, routes: await routed() };
}

/** As the lab was. */
async function finish(): Promise<void> {
  await label('true');
  await announced();
  await k('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
}

function situation(
  title: string,
  begin: () => Promise<unknown>,
  input: object,
  more: Partial<LawCase> & { readonly end?: () => Promise<unknown> } = {},
): LawCase {
  const { end, ...rest } = more;
  return {
    title,
    arrange: async () => {
      await begin();
      return {
        target: cluster,
        input,
        cleanup: async () => {
          await end?.();
        },
      };
    },
    ...rest,
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const selected = async (): Promise<void> => {
  await label('true');
  await announced();
};
const unselected = async (): Promise<void> => {
  await label('false');
  await withdrawn();
};

/** A node that is selected, or not, and is looked at with the router behind it. */
function member(title: string, input: object, more: Partial<LawCase> = {}): LawCase {
  return {
    title,
    arrange: async () => {
      await selected();
      return { target: cluster, input: { node, ...input }, snapshot, cleanup: nothing };
    },
    ...more,
  };
}

laws(ciliumBgpNode, {
  test,
  // Each death is a session that ends and comes back.
  killPoints: 1,
  timeoutMs: 180_000,
  cases: [
    member('a node that announces its routes', { selected: false }),
    member('a node that is selected as wanted', { selected: true }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'an option as the name of a node', input: { node: '--all', selected: false } },
    { title: 'neither true nor false', input: { node: 'k8s-w0', selected: 'no' } },
    { title: 'a label with a blank', input: { node: 'k8s-w0', selected: true, label: 'a b' } },
  ],
});

laws(ciliumBgpEstablished, {
  test,
  cases: [
    situation('all sessions are up', selected, {}, { finds: 'nothing' }),
    situation(
      'a node that is not selected',
      unselected,
      { nodes: [node, other] },
      { end: selected },
    ),
  ],
  bad: [
    { title: 'no nodes', input: { nodes: [] } },
    { title: 'a peer that is no address', input: { peers: ['router'] } },
  ],
});

const idle = 'test-idle';

laws(ciliumBgpPeering, {
  test,
  cases: [
    situation('all fits', nothing, {}, { finds: 'nothing' }),
    situation(
      'a cluster config that selects no node',
      () =>
        put({
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumBGPClusterConfig',
          metadata: { name: idle },
          spec: {
            nodeSelector: { matchLabels: { [idle]: 'true' } },
            bgpInstances: [{ name: idle, localASN: 65099 }],
          },
        }),
      {},
      { end: () => k('delete', 'ciliumbgpclusterconfigs', idle) },
    ),
  ],
  bad: [{ title: 'a node, which it does not take', input: { node: 'k8s-w0' } }],
});

/** A service that only answers where its one pod runs: on the node. */
async function lonely(): Promise<void> {
  const app = 'lonely';
  const image = 'lab.local/whoami:v1';
  await put(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: app, namespace, labels: { app } },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image, imagePullPolicy: 'IfNotPresent' }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: app, namespace },
      spec: {
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        selector: { app },
        ports: [{ port: 80 }],
      },
    },
  );
  const path = '--output=jsonpath={.items[*].endpoints[*].conditions.ready}';
  const where = [`--namespace=${namespace}`, `--selector=kubernetes.io/service-name=${app}`];
  await until(
    'the pod is a backend',
    async () => (await k('get', 'endpointslices', ...where, path)) === 'true',
  );
}

laws(ciliumBackendsElsewhere, {
  test,
  cases: [
    situation('a service on the node alone', lonely, { node }),
    situation('the same, seen from another node', lonely, { node: other }, { finds: 'nothing' }),
  ],
  bad: [{ title: 'an option as the name of a node', input: { node: '--all' } }],
});

laws(ciliumAgentReady, {
  test,
  cases: [
    situation('an agent that runs', nothing, { node }, { finds: 'nothing' }),
    situation('an agent that is older than wanted', nothing, {
      node,
      since: '2999-01-01T00:00:00Z',
    }),
  ],
  bad: [
    { title: 'a time without zone', input: { node: 'k8s-w0', since: '2026-11-23 10:00' } },
    { title: 'a boot that is none', input: { node: 'k8s-w0', bootId: 'last' } },
  ],
});

describe('an agent whose pod is deleted', () => {
  const look = (action: AnyAction, input: object) =>
    attempt(action, { target: cluster, input, cleanup: nothing }).check();

  test('is not ready until another one answers; without it nothing is said about BGP', async () => {
    const { output: was } = await look(ciliumAgentReady, { node });
    const { pod } = was as { pod: string };
    await k('delete', 'pod', pod, '--namespace=kube-system', '--wait=false');
    const { drift } = await look(ciliumAgentReady, { node });
    expect(drift).toMatch(new RegExp(`^${node}: `));
    expect(drift).toMatch(/no agent pod|is not Ready|does not run|does not answer/);
    expect(await look(ciliumBgpEstablished, { nodes: [node] })).toMatchObject({
      drift: expect.stringMatching(/no agent|does not answer|has no peers|is (?:idle|active)/),
      output: { nodes: 1, down: [node] },
    });
    await expect(look(ciliumBgpNode, { node, selected: false })).rejects.toMatchObject({
      code: 'check-failed',
      class: 'transient',
    });
    await until(
      'another agent is ready',
      async () => (await look(ciliumAgentReady, { node })).drift === null,
    );
    const { output: is } = await look(ciliumAgentReady, { node });
    expect((is as { pod: string }).pod).not.toBe(pod);
    await until(
      'its sessions are up',
      async () => (await look(ciliumBgpEstablished, { nodes: [node] })).drift === null,
    );
    await announced();
  }, 180_000);
});
