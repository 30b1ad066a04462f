import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';
import { configure, connected, lostSessions, routesVia } from './router-facts.js';

const test = needsLab('nodes', 'routers');
const open = createLabTargets(finish);
const cli = new LabCli();
const start = ['start', 'bgp-peering', '--cluster', 'lab', '--yes'];
const all = ['192.168.10.100', '192.168.10.101', '192.168.20.100'];
const [ctr = '', w1 = '', w0 = ''] = all;
const slow = 600_000;

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const router = () => open('router')('apply');
const label = (): Promise<string> =>
  k('get', 'node', 'k8s-w0', '-o=jsonpath={.metadata.labels.enable-bgp}');
const running = async (): Promise<string> =>
  (await router().run('vtysh', ['-c', 'show running-config no-header'], { sudo: true })).stdout;

/** k8s-w0 is not selected, and the router does not know it. */
async function withoutW0(): Promise<void> {
  await k('label', 'node', 'k8s-w0', '--overwrite', 'enable-bgp=false');
  await configure(router(), 'router bgp 65000', `no neighbor ${w0}`);
  await until('the router has no route over it', async () => {
    return (await routesVia(router(), w0)).length === 0;
  });
}

const conflicting = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumBGPClusterConfig',
  metadata: { name: 'another' },
  spec: {
    nodeSelector: { matchLabels: { 'kubernetes.io/hostname': 'k8s-w0' } },
    bgpInstances: [{ name: 'one', localASN: 65009 }],
  },
};

/** As the lab was. */
async function finish(): Promise<void> {
  if (lab === null) return;
  await k('delete', 'ciliumbgpclusterconfig', 'another', '--ignore-not-found');
  await cli.expect(0, ...start);
}

describe('bgp-peering on the lab', () => {
  test(
    'a node that neither side knows comes back, and no other session goes down; undone, it is as it was; the second time, nothing changes',
    async () => {
      await withoutW0();
      const found = { config: await running(), label: await label() };
      const before = await lostSessions(router());

      await cli.expect(2, 'drift', 'bgp-peering', '--cluster', 'lab');
      await cli.expect(3, ...start, '--trial', '10m', '--id', 'peering');
      const record = await cli.record('peering');
      expect(['router[router]', 'selected'].map((path) => stepOf(record, path).outcome)).toEqual([
        'changed',
        'changed',
      ]);
      expect(await connected(router())).toEqual(all);
      const after = await lostSessions(router());
      expect([after[ctr], after[w1]]).toEqual([before[ctr], before[w1]]);
      for (const address of all) {
        const routes = await routesVia(router(), address);
        expect(routes.filter((route) => route.startsWith('172.20.'))).toHaveLength(1);
      }

      await cli.expect(0, 'undo', 'peering', '--reason', 'tested', '--yes');
      await cli.expect(4, 'watch', 'peering');
      expect({ config: await running(), label: await label() }).toEqual(found);
      await until('the router has no route over it', async () => {
        return (await routesVia(router(), w0)).length === 0;
      });
      const undone = await lostSessions(router());
      expect([undone[ctr], undone[w1]]).toEqual([before[ctr], before[w1]]);

      await cli.expect(0, ...start);
      await cli.expect(0, ...start, '--id', 'peering-again');
      const { steps } = await cli.record('peering-again');
      const others = steps.filter(({ outcome }) => outcome !== 'unchanged');
      expect(others.map(({ path, outcome }) => [path, outcome])).toEqual([['keep', 'skipped']]);
      await cli.expect(0, 'drift', 'bgp-peering', '--cluster', 'lab');
    },
    slow,
  );

  test(
    'from nothing at all, with the worker killed in the middle',
    async () => {
      await k('delete', 'ciliumbgpclusterconfig', 'cilium-bgp', '--ignore-not-found');
      await configure(router(), 'no router bgp 65000');
      await until('no session is left', async () => (await connected(router())).length === 0);

      await cli.expect(0, ...start, '--id', 'from-nothing', '--detach');
      // Something that stays so: what is only on its way may be over before anybody looks.
      await cli.reached('from-nothing', 'the router is configured', ({ steps }) => {
        return steps.some(
          ({ path, outcome }) => path === 'router[router]' && outcome === 'changed',
        );
      });
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'from-nothing');
      expect((await cli.record('from-nothing')).state).toBe('succeeded');
      expect(await connected(router())).toEqual(all);
    },
    slow,
  );

  test(
    'another cluster config that has a node, and lines of others on the router, refuse the run before anything is touched',
    async () => {
      await withoutW0();
      await kubectl(open('lab')('apply'), ['apply', '--filename=-'], {
        input: JSON.stringify(conflicting),
      });
      await configure(router(), 'ip prefix-list OTHERS seq 5 permit any');
      const found = await running();
      const refused = await cli.run(...start);
      expect(refused.code).toBe(1);
      const said = refused.stdout + refused.stderr;
      expect(said).toContain('k8s-w0 is selected by another');
      expect(said).toContain('prefix-list OTHERS');
      expect(await running()).toBe(found);
      expect(await label()).toBe('false');
      await configure(router(), 'no ip prefix-list OTHERS');
    },
    slow,
  );
});
