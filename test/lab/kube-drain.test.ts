import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { kubeDisruptionAllowed } from '../../plugins/kube/disruption-allowed.js';
import { kubeDrainSafe } from '../../plugins/kube/drain-safe.js';
import { kubeDrained } from '../../plugins/kube/drained.js';
import { kubeRoomForPods } from '../../plugins/kube/room-for-pods.js';
import { laws } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { contextOf } from './kube-context.js';

const namespace = 'test-drain';
const open = createLabTargets(finish);
const cluster = open(Object.keys(lab?.inventory.clusters ?? {})[0] ?? 'no cluster');
const node = hostsOf('nodes')[0] ?? 'no-node';
const world = (input: unknown) => ({ target: cluster, input, cleanup: () => Promise.resolve() });
const test = needsLab('nodes');

function k(...args: string[]): Promise<string> {
  return kubectl(cluster('apply'), args);
}

async function put(...objects: object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(cluster('apply'), ['apply', '--filename=-', `--namespace=${namespace}`], { input });
}

const container = { name: 'web', image: 'lab.local/whoami:v1', imagePullPolicy: 'IfNotPresent' };

/** Pods that prefer the node, and go elsewhere when it is cordoned. */
function deployment(name: string, replicas: number, spec: object = {}): object {
  const labels = { app: name };
  const wishes = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  const preference = { weight: 100, preference: { matchExpressions: [wishes] } };
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [preference] };
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      affinity: { nodeAffinity },
      containers: [container],
      ...spec,
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

function budget(name: string, app: string, minAvailable: number): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  };
}

/** Names of the pods of this test on the node. */
async function here(): Promise<string[]> {
  const where = [`--namespace=${namespace}`, `--field-selector=spec.nodeName=${node}`];
  return (await k('get', 'pods', ...where, '--output=name'))
    .split('\n')
    .filter((name) => name !== '');
}

/** Waits until the API has removed the last pod: it may list one for a moment whose processes have ended. */
function emptied(): Promise<void> {
  return until(`no pod is on ${node}`, async () => (await here()).length === 0);
}

/** Removes everything of the tests but the namespace, and lets pods onto the node. */
async function clear(): Promise<void> {
  await k('uncordon', node);
  const kinds = 'deployments,pods,poddisruptionbudgets';
  await k('delete', kinds, '--all', `--namespace=${namespace}`, '--grace-period=1', '--wait');
}

/** Puts objects, waits until so many pods run on the node and none elsewhere starts, and cordons it. */
async function stage(pods: number, ...objects: object[]): Promise<void> {
  await clear();
  await put(...objects);
  await until(`${pods} pods on ${node}`, async () => (await here()).length === pods);
  await k(
    'wait',
    'pods',
    '--all',
    '--for=condition=Ready',
    `--namespace=${namespace}`,
    '--timeout=60s',
  );
  await k('cordon', node);
}

/** Other pods leave the node before the tests, so that they do not disturb. */
beforeAll(async () => {
  if (lab === null) return;
  await put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await k('cordon', node);
  const all = { node, allowEmptyDir: true, allowUnmanaged: true };
  await attempt(kubeDrained, world(all)).apply(null);
}, 180_000);

/** As the lab was. */
async function finish(): Promise<void> {
  await k('uncordon', node);
  await k('delete', 'namespace', namespace, '--wait=false');
}

laws(kubeDrained, {
  test,
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    {
      title: 'a cordoned node with two pods',
      arrange: async () => {
        await stage(2, deployment('web', 2));
        return world({ node });
      },
    },
    {
      title: 'a node that is empty as wanted',
      finds: 'nothing',
      arrange: async () => {
        await clear();
        await k('cordon', node);
        return world({ node });
      },
    },
  ],
  bad: [],
});

describe('draining a real node', () => {
  test('a node that is not cordoned is refused', async () => {
    await clear();
    const worker = attempt(kubeDrained, world({ node }));
    expect((await worker.check()).drift).toMatch(`${node} is not cordoned`);
    await expect(worker.apply(null)).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
  }, 60_000);

  test('a budget that refuses is named with its pod, and the pod goes when it allows', async () => {
    await stage(2, deployment('web', 2), budget('strict', 'web', 2));
    const guard = await attempt(kubeDisruptionAllowed, world({ node })).check();
    expect(guard.output).toEqual({ guarded: 2 });
    expect(guard.drift).toMatch(
      /^test-drain\/web-\S+: disruption budget test-drain\/strict needs 2 healthy pods and has 2/,
    );
    const reports: string[] = [];
    const input = kubeDrained.input.parse({ node });
    const draining = kubeDrained.apply?.(contextOf(cluster('apply'), reports), input, null);
    await until('the budget is named', () =>
      Promise.resolve(reports.some((text) => text.includes('disruption budget'))),
    );
    expect(reports.join('\n')).toMatch(
      /0 of 2 pods gone; test-drain\/web-\S+: disruption budget test-drain\/strict needs 2 healthy pods and has 2; 1 more refused/,
    );
    expect(await here()).toHaveLength(2);
    const patch = JSON.stringify({ spec: { minAvailable: 1 } });
    await k(
      'patch',
      'pdb',
      'strict',
      `--namespace=${namespace}`,
      '--type=merge',
      `--patch=${patch}`,
    );
    await draining;
    await emptied();
    expect((await attempt(kubeDisruptionAllowed, world({ node })).check()).drift).toBeNull();
  }, 120_000);

  test('two budgets on one pod are refused before anything is evicted', async () => {
    await stage(
      2,
      deployment('web', 1),
      deployment('other', 1),
      budget('a', 'web', 0),
      budget('b', 'web', 0),
    );
    const worker = attempt(kubeDrained, world({ node }));
    await expect(worker.apply(null)).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: expect.stringMatching(
        /test-drain\/web-\S+ is guarded by 2 disruption budgets \(a, b\)/,
      ),
    });
    expect(await here()).toHaveLength(2);
  }, 120_000);

  test('a pod without controller or with emptyDir is refused, and evicted when allowed', async () => {
    const bare = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare' },
      spec: { nodeName: node, terminationGracePeriodSeconds: 1, containers: [container] },
    };
    const scratch = { volumes: [{ name: 'scratch', emptyDir: {} }] };
    await stage(2, deployment('scratch', 1, scratch), bare);
    const found = await attempt(kubeDrainSafe, world({ node })).check();
    expect(found.drift).toMatch(
      /^test-drain\/bare has no controller .*; test-drain\/scratch-\S+ has emptyDir/,
    );
    expect(found.output).toEqual({ pods: 2, unmanaged: 1, emptyDir: 1 });
    const worker = attempt(kubeDrained, world({ node }));
    await expect(worker.apply(null)).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('allowUnmanaged and allowEmptyDir: true'),
    });
    expect(await here()).toHaveLength(2);
    const all = { node, allowUnmanaged: true, allowEmptyDir: true };
    expect((await attempt(kubeDrainSafe, world(all)).check()).drift).toBeNull();
    await attempt(kubeDrained, world(all)).apply(null);
    await emptied();
  }, 120_000);

  test('room is judged by requests, and the pod that fits nowhere is named', async () => {
    const size = await k('get', 'node', node, '--output=jsonpath={.status.allocatable.memory}');
    const most = `${Math.floor(Number.parseInt(size, 10) * 0.6)}Ki`;
    const large = { containers: [{ ...container, resources: { requests: { memory: most } } }] };
    await stage(1, deployment('small', 1));
    expect((await attempt(kubeRoomForPods, world({ node })).check()).drift).toBeNull();
    await clear();
    const nodes = (await k('get', 'nodes', '--output=name')).trim().split('\n').length;
    await put(deployment('large', nodes, large));
    await until(
      'all large pods run',
      async () =>
        (
          await k(
            'get',
            'pods',
            `--namespace=${namespace}`,
            '--field-selector=status.phase=Running',
            '--output=name',
          )
        )
          .trim()
          .split('\n').length === nodes,
    );
    const found = await attempt(kubeRoomForPods, world({ node })).check();
    expect(found.drift).toMatch(/^test-drain\/large-\S+ fits nowhere \(.*: memory/);
  }, 120_000);
});

describe('a node whose kubelet is dead', () => {
  const host = open(node);
  const kubelet = (verb: string) =>
    host('apply').run('systemctl', [verb, 'kubelet'], { sudo: true });

  afterAll(async () => {
    if (lab !== null) await kubelet('start');
  });

  test('ends no pod: the step says so, and gives up after podTimeout', async () => {
    await stage(1, deployment('web', 1));
    await kubelet('stop');
    const reports: string[] = [];
    const input = kubeDrained.input.parse({ node, podTimeout: '75s' });
    const draining = kubeDrained.apply?.(contextOf(cluster('apply'), reports), input, null);
    await expect(draining).rejects.toMatchObject({
      code: 'not-settled',
      message: expect.stringMatching(
        /the eviction of test-drain\/web-\S+ was accepted, but the pod has not ended/,
      ),
    });
    expect(reports.join('\n')).toMatch(
      new RegExp(
        `${node} is unknown \\(NodeStatusUnknown: .*\\), and nothing ends its pods; 0 of 1 pod gone; ending: test-drain/web`,
      ),
    );
    await kubelet('start');
    await until('the pod is gone', async () => (await here()).length === 0);
  }, 180_000);
});
