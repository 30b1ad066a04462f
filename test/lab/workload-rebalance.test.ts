import { afterAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const url = 'http://172.16.1.1/';
const pods = ['--pods', 'app=webpod', '--deployment', 'webpod', '--service', 'webpod'];
const rebalance = ['workload-rebalance', ...pods, '--url', url];

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);

/** Pods per node, by the table of kubectl. */
async function counts(): Promise<Record<string, number>> {
  const column = '--output=custom-columns=NODE:.spec.nodeName';
  const text = await k('get', 'pods', '--selector=app=webpod', '--no-headers', column);
  const found: Record<string, number> = {};
  for (const node of text.trim().split('\n')) found[node] = (found[node] ?? 0) + 1;
  return found;
}

/** All three on the control plane: what is left when the others were away. */
async function heap(): Promise<void> {
  await k('cordon', 'k8s-w0', 'k8s-w1');
  await k('rollout', 'restart', 'deployment/webpod');
  await k('rollout', 'status', 'deployment/webpod', '--timeout=85s');
  await k('uncordon', 'k8s-w0', 'k8s-w1');
  await until(
    'all are on one node',
    async () => (await counts())['k8s-ctr'] === 3 && Object.keys(await counts()).length === 1,
  );
}

async function budget(minAvailable: number): Promise<void> {
  const object = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'webpod' },
    spec: { minAvailable, selector: { matchLabels: { app: 'webpod' } } },
  };
  const input = JSON.stringify(object);
  await kubectl(open('lab')('apply'), ['apply', '--filename=-'], { input });
}

afterAll(async () => {
  if (lab === null) return;
  await k('uncordon', 'k8s-w0', 'k8s-w1');
  await k('delete', 'pdb', 'webpod', '--ignore-not-found');
}, 60_000);

describe('workload-rebalance on the lab', () => {
  test(
    'all pods on one node: one by one within their budget to one on each, with no failed call; a worker killed meanwhile',
    async () => {
      await heap();
      await budget(2);
      await cli.expect(2, 'drift', ...rebalance);
      await cli.expect(0, 'start', ...rebalance, '--id', 'balance-1', '--yes', '--detach');
      await cli.reached(
        'balance-1',
        'pods move',
        (record) => stepOf(record, 'rebalanced').phase === 'applying',
      );
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'balance-1');
      const record = await cli.record('balance-1');
      expect(record.state).toBe('succeeded');
      expect(await counts()).toEqual({ 'k8s-ctr': 1, 'k8s-w0': 1, 'k8s-w1': 1 });
      const [probe] = record.probes;
      expect(probe).toMatchObject({ failed: 0 });
      expect(probe?.sent).toBeGreaterThan(20);
    },
    slow,
  );

  test(
    'again: nothing to change; undo from the middle leaves every pod serving',
    async () => {
      await cli.expect(0, 'start', ...rebalance, '--id', 'balance-2', '--yes');
      expect(stepOf(await cli.record('balance-2'), 'rebalanced').outcome).toBe('unchanged');
      await cli.expect(0, 'drift', ...rebalance);
      await k('delete', 'pdb', 'webpod');
      await heap();
      await budget(3);
      await cli.expect(0, 'start', ...rebalance, '--id', 'balance-3', '--yes', '--detach');
      await cli.reached(
        'balance-3',
        'the budget holds it',
        (record) => stepOf(record, 'rebalanced').phase === 'applying',
      );
      await cli.expect(0, 'cancel', 'balance-3', '--undo', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'balance-3');
      // The budget allowed none to go, and none went.
      expect(await counts()).toEqual({ 'k8s-ctr': 3 });
      const ready = '--output=jsonpath={.status.readyReplicas}';
      expect(await k('get', 'deployment', 'webpod', ready)).toBe('3');
      await k('delete', 'pdb', 'webpod');
      await cli.expect(0, 'start', ...rebalance, '--id', 'balance-4', '--yes');
    },
    slow,
  );

  test(
    'a Deployment of one replica is refused, and its pod stays where it is',
    async () => {
      await k('create', 'deployment', 'single', '--image=lab.local/whoami:v1');
      try {
        await k('rollout', 'status', 'deployment/single', '--timeout=80s');
        const pod = (): Promise<string> => k('get', 'pods', '--selector=app=single', '-o=name');
        const before = await pod();
        const args = ['--pods', 'app=single', '--deployment', 'single', '--id', 'balance-single'];
        await cli.expect(1, 'start', 'workload-rebalance', ...args, '--yes');
        const record = await cli.record('balance-single');
        expect(record.state).toBe('refused');
        expect(stepOf(record, 'rolled-out').failure?.message).toContain(
          'wants 1 pod, 2 are needed',
        );
        expect(await pod()).toBe(before);
      } finally {
        await k('delete', 'deployment', 'single');
      }
    },
    slow,
  );
});
