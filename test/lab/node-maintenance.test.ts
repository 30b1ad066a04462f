import { afterAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const node = 'k8s-w0';
const address = '192.168.20.100';
const slow = 600_000;

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);

const field = (path: string): Promise<string> => k('get', 'node', node, `-o=jsonpath={${path}}`);

/** Next hops of the routes in the router's kernel, by `ip route`: another tool than the one that waited for them. */
async function routesVia(hop: string): Promise<string[]> {
  const args = ['-j', 'route', 'show', 'proto', 'bgp'];
  const { stdout } = await open('router')('check').run('ip', args);
  interface Route {
    readonly dst: string;
    readonly gateway?: string;
    readonly nexthops?: readonly { readonly gateway: string }[];
  }
  return (JSON.parse(stdout) as Route[])
    .filter((route) => [route, ...(route.nexthops ?? [])].some((one) => one.gateway === hop))
    .map(({ dst }) => dst)
    .sort();
}

/** Who keeps other tools off the node. */
function claimedBy(): Promise<string> {
  const lease = ['lease', `node-${node}`, '--namespace=medik8s-leases', '--ignore-not-found'];
  return k('get', ...lease, '-o=jsonpath={.spec.holderIdentity}');
}

/** What a maintenance must leave as it was. */
async function situation(): Promise<unknown> {
  return {
    routes: await routesVia(address),
    unschedulable: await field('.spec.unschedulable'),
    bgp: await field('.metadata.labels.enable-bgp'),
    ready: await field('.status.conditions[?(@.type=="Ready")].status'),
    claimedBy: await claimedBy(),
  };
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
  await until(`the budget allows ${3 - minAvailable}`, async () => {
    const path =
      '-o=jsonpath={.status.observedGeneration} {.metadata.generation} {.status.disruptionsAllowed}';
    const [observed, generation, allowed] = (await k('get', 'pdb', 'webpod', path)).split(' ');
    return observed === generation && allowed === String(3 - minAvailable);
  });
}

afterAll(async () => {
  if (lab !== null) await k('delete', 'pdb', 'webpod', '--ignore-not-found');
}, 60_000);

describe('node-maintenance on the lab', () => {
  test(
    'a second lab-up finds nothing to change',
    async () => {
      await cli.expect(0, 'start', 'lab-up', '--yes', '--id', 'again');
      const { steps } = await cli.record('again');
      const others = steps.filter(({ outcome }) => outcome !== 'unchanged' && outcome !== null);
      expect(others.map(({ path, outcome }) => [path, outcome])).toEqual([]);
    },
    slow,
  );

  test(
    'the node leaves service, its machine is restarted, and it comes back; no call is lost but at the end of a pod',
    async () => {
      const before = await situation();
      const boot = await field('.status.nodeInfo.bootID');
      await cli.expect(2, 'plan', 'node-maintenance', '--node', node, '--work', 'node-restart');
      const start = ['start', 'node-maintenance', '--node', node, '--work', 'node-restart'];
      const run = cli.run(...start, '--id', 'whole', '--yes');
      await cli.reached('whole', 'it runs', ({ state }) => state === 'running');
      // Another one on another node of the same cluster is refused, and names who is at work.
      const second = await cli.run('start', 'node-maintenance', '--node', 'k8s-w1', '--yes');
      expect(second).toMatchObject({ code: 5 });
      expect(second.stdout + second.stderr).toContain('whole');

      expect(await run).toMatchObject({ code: 0 });
      const record = await cli.record('whole');
      expect(record.state).toBe('succeeded');
      const [probe] = record.probes;
      expect(probe?.sent).toBeGreaterThan(100);
      expect(probe?.failed).toBeLessThanOrEqual(5);
      expect(await field('.status.nodeInfo.bootID')).not.toBe(boot);
      expect(await situation()).toEqual(before);
      expect(await cli.expect(0, 'report', 'whole')).toContain('# whole: succeeded');
    },
    slow,
  );

  test(
    'a drain that a budget blocks parks; worker and server killed meanwhile, it goes on and ends as it should',
    async () => {
      const before = await situation();
      // After a maintenance nothing of it may be on the node; made anew, there is one pod on each.
      await k('rollout', 'restart', 'deployment/webpod');
      await k('rollout', 'status', 'deployment/webpod', '--timeout=80s');
      const there = ['get', 'pods', '-l=app=webpod', `--field-selector=spec.nodeName=${node}`];
      await until('a pod is on the node', async () => (await k(...there, '-o=name')) !== '');
      await budget(2);
      const start = ['start', 'node-maintenance', '--node', node, '--drain-timeout', '20s'];
      await cli.expect(0, ...start, '--id', 'blocked', '--detach', '--yes');
      await until('it can be paused', async () => (await cli.run('pause', 'blocked')).code === 0);
      await cli.reached('blocked', 'it is paused', ({ state }) => state === 'paused');
      // The guards have seen a budget that allows one; now it does not any more.
      await budget(3);
      await cli.expect(0, 'resume', 'blocked');
      const drains = await cli.reached(
        'blocked',
        'the drain is at work',
        (record) => stepOf(record, 'drain').phase === 'applying',
      );
      expect(stepOf(drains, 'cordon').outcome).toBe('changed');
      await cli.kill('worker');
      await cli.expect(3, 'watch', 'blocked');
      const parked = await cli.record('blocked');
      expect(parked.state).toBe('parked');
      expect(parked.waitingFor[0]).toMatchObject({ path: 'drain', kind: 'park' });
      expect(parked.waitingFor[0]?.message).toContain('webpod');
      expect(await field('.spec.unschedulable')).toBe('true');

      await budget(2);
      await cli.expect(0, 'retry', 'blocked', '--reason', 'the budget allows it again');
      await cli.reached('blocked', 'by hand', ({ state }) => state === 'waiting');
      expect(await routesVia(address)).toEqual([]);
      expect(await claimedBy()).toBe('runbook/blocked');
      await cli.kill('server');
      await cli.expect(0, 'confirm', 'blocked', '--reason', 'done');
      await cli.expect(0, 'watch', 'blocked');
      const record = await cli.record('blocked');
      expect(record.state).toBe('succeeded');
      expect(record.decisions.map(({ verb }) => verb)).toEqual([
        'pause',
        'resume',
        'retry',
        'confirm',
      ]);
      expect(await situation()).toEqual(before);
      await k('delete', 'pdb', 'webpod');
    },
    slow,
  );

  test(
    'undo from the middle puts back exactly what was found',
    async () => {
      await k('delete', 'pdb', 'webpod', '--ignore-not-found');
      const before = await situation();
      const start = ['start', 'node-maintenance', '--node', node, '--id', 'undone'];
      await cli.expect(0, ...start, '--detach', '--yes');
      await cli.reached('undone', 'by hand', ({ state }) => state === 'waiting');
      expect(await situation()).not.toEqual(before);
      await cli.expect(0, 'undo', 'undone', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'undone');
      const record = await cli.record('undone');
      expect(record.state).toBe('undone');
      expect(['cordon', 'withdraw'].map((path) => stepOf(record, path).outcome)).toEqual([
        'undone',
        'undone',
      ]);
      expect(await situation()).toEqual(before);
    },
    slow,
  );
});
