import { afterAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const address = '172.16.2.7';
const pool = ['--pool', 'law-pool', '--cidr', '172.16.2.0/24', '--address', address];
const expose = ['lb-expose', '--service', 'exposed', '--app', 'exposed', ...pool];

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);

/** A service of the web pods without an address: the state to start from. */
async function service(): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'exposed', labels: { app: 'exposed' } },
    spec: { selector: { app: 'webpod' }, ports: [{ name: 'http', port: 80, targetPort: 80 }] },
  };
  const input = JSON.stringify(object);
  await kubectl(open('lab')('apply'), ['create', '--filename=-'], { input });
}

async function clear(): Promise<void> {
  if (lab === null) return;
  await k('delete', 'service', 'exposed', '--ignore-not-found');
  await k('delete', 'ciliumloadbalancerippools', 'law-pool', 'other-pool', '--ignore-not-found');
  await k('delete', 'ciliumbgpadvertisements', 'lb-default-exposed', '--ignore-not-found');
}
afterAll(clear, 120_000);

/** Next hops of the address in the router's kernel, as ip shows them. */
async function hops(): Promise<string[]> {
  const { stdout } = await open('router')('check').run('ip', ['route', 'show', 'exact', address]);
  return [...stdout.matchAll(/via (\S+)/g)].map(([, hop]) => hop ?? '').sort();
}

/** What undo must put back. */
async function situation(): Promise<unknown> {
  const path = '-o=jsonpath={.spec.type} {.metadata.annotations} {.spec.ports[0].nodePort}';
  return {
    service: await k('get', 'service', 'exposed', path),
    pools: await k('get', 'ciliumloadbalancerippools', '--output=name'),
    advertisements: await k('get', 'ciliumbgpadvertisements', '--output=name'),
    hops: await hops(),
  };
}

describe('lb-expose on the lab', () => {
  test(
    'addresses of pods, of nodes or of another pool, and a label on two services, are refused with nothing touched',
    async () => {
      await clear();
      await service();
      const before = await situation();
      for (const [id, cidr] of [
        ['expose-pods', '172.20.1.0/24'],
        ['expose-nodes', '192.168.10.0/24'],
        ['expose-pool', '172.16.1.128/25'],
      ] as const) {
        const args = [
          '--pool',
          'law-pool',
          '--cidr',
          cidr,
          '--address',
          cidr.replace(/0\/24|128\/25/, '200'),
        ];
        await cli.expect(1, 'start', ...expose.slice(0, 5), ...args, '--id', id, '--yes');
        expect(stepOf(await cli.record(id), 'addresses-free').failure?.message).toContain(
          'overlaps',
        );
      }
      const other = expose.map((word, at) => (expose[at - 1] === '--app' ? 'webpod' : word));
      await cli.expect(1, 'start', ...other, '--id', 'expose-label', '--yes');
      const { failure } = stepOf(await cli.record('expose-label'), 'selects-this-alone');
      expect(failure?.message).toContain('default/webpod');
      expect(await situation()).toEqual(before);
    },
    slow,
  );

  test(
    'more nodes than maximum-paths of the router are refused with nothing touched',
    async () => {
      await clear();
      await service();
      const before = await situation();
      const limit = async (most: number): Promise<void> => {
        const lines = ['router bgp 65000', 'address-family ipv4 unicast', `maximum-paths ${most}`];
        const args = ['configure terminal', ...lines].flatMap((line) => ['-c', line]);
        await open('router')('apply').run('vtysh', args);
      };
      await limit(2);
      try {
        await cli.expect(1, 'start', ...expose, '--id', 'expose-width', '--yes');
        const record = await cli.record('expose-width');
        expect(record.state).toBe('refused');
        expect(stepOf(record, 'hops-fit[router]').failure?.message).toContain(
          'maximum-paths is 2 in ipv4 unicast, and 3 next hops are due',
        );
        expect(await situation()).toEqual(before);
        // Two nodes fit.
        const two = [...expose, '--nodes', 'k8s-ctr', '--nodes', 'k8s-w1'];
        await cli.expect(2, 'plan', ...two);
      } finally {
        await limit(4);
      }
    },
    slow,
  );

  test(
    'the address is routed over every node and answers; a worker killed in the middle; undone, it is gone',
    async () => {
      await clear();
      await service();
      const before = await situation();
      await cli.expect(0, 'start', ...expose, '--hold', '--id', 'expose-1', '--yes', '--detach');
      await cli.reached(
        'expose-1',
        'it has made the pool',
        (record) => stepOf(record, 'pool').outcome !== null,
      );
      await cli.kill('worker');
      await cli.reached('expose-1', 'it holds', ({ state }) => state === 'waiting');
      expect(await hops()).toEqual(['192.168.10.100', '192.168.10.101', '192.168.20.100']);
      const { stdout } = await open('client')('check').run('curl', [
        '-s',
        '-m',
        '2',
        `http://${address}/`,
      ]);
      expect(stdout).toMatch(/^Hostname: webpod-/);

      await cli.expect(0, 'undo', 'expose-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'expose-1');
      expect((await cli.record('expose-1')).state).toBe('undone');
      await until('the route is gone', async () => (await hops()).length === 0);
      expect(await situation()).toEqual(before);
    },
    slow,
  );

  test(
    'a second run changes nothing',
    async () => {
      await cli.expect(0, 'start', ...expose, '--id', 'expose-2', '--yes');
      await cli.expect(0, 'start', ...expose, '--id', 'expose-3', '--yes');
      const { steps } = await cli.record('expose-3');
      expect(steps.filter(({ outcome }) => outcome === 'changed')).toEqual([]);
      await cli.expect(0, 'drift', ...expose);
    },
    slow,
  );
});
