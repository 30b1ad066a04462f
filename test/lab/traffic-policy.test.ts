import { afterAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const vip = '172.16.1.1';
const policy = (to: string): string[] => {
  const names = ['--service', 'webpod', '--address', vip];
  return ['traffic-policy', ...names, '--policy', to];
};

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const now = (): Promise<string> =>
  k('get', 'service', 'webpod', '--output=jsonpath={.spec.externalTrafficPolicy}');

async function hops(): Promise<string[]> {
  const { stdout } = await open('router')('check').run('ip', ['route', 'show', 'exact', vip]);
  return [...stdout.matchAll(/via (\S+)/g)].map(([, hop]) => hop ?? '').sort();
}

/** Whom the pods see as the caller, by plain calls of the client. */
async function sources(): Promise<Set<string>> {
  const found = new Set<string>();
  for (let call = 0; call < 12; call += 1) {
    const { stdout } = await open('client')('check').run(
      'curl',
      ['-s', '-m', '2', `http://${vip}/`],
      { exits: 'any' },
    );
    const [, source] = /^RemoteAddr: ([0-9.]+):/m.exec(stdout) ?? [];
    if (source !== undefined) found.add(source);
  }
  return found;
}

async function replicas(count: number): Promise<void> {
  await k('scale', 'deployment', 'webpod', `--replicas=${count}`);
  await k('rollout', 'status', 'deployment/webpod', '--timeout=80s');
  await until(`${count} pods`, async () => {
    const text = await k('get', 'pods', '--selector=app=webpod', '--output=name');
    return text.trim().split('\n').length === count;
  });
}

afterAll(async () => {
  if (lab === null) return;
  await k(
    'patch',
    'service',
    'webpod',
    '--type=merge',
    '--patch={"spec":{"externalTrafficPolicy":"Cluster"}}',
  );
  await replicas(3);
}, 180_000);

describe('traffic-policy on the lab', () => {
  test(
    'Local with two pods: exactly their nodes take calls, and pods see the client; a worker killed; undone as found',
    async () => {
      await replicas(2);
      expect(await now()).toBe('Cluster');
      await cli.expect(
        0,
        'start',
        ...policy('Local'),
        '--hold',
        '--id',
        'policy-1',
        '--yes',
        '--detach',
      );
      await cli.reached(
        'policy-1',
        'it sets the policy',
        (record) =>
          stepOf(record, 'policy').phase !== null || stepOf(record, 'policy').outcome !== null,
      );
      await cli.kill('worker');
      await cli.reached('policy-1', 'it holds', ({ state }) => state === 'waiting');
      expect(await now()).toBe('Local');
      const nodes = (
        await k(
          'get',
          'pods',
          '--selector=app=webpod',
          '--output=jsonpath={.items[*].status.hostIP}',
        )
      ).split(' ');
      expect(await hops()).toEqual([...new Set(nodes)].sort());
      expect(await sources()).toEqual(new Set(['192.168.30.10']));

      await cli.expect(0, 'undo', 'policy-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'policy-1');
      expect(await now()).toBe('Cluster');
      await until('all nodes take calls again', async () => (await hops()).length === 3);
    },
    slow,
  );

  test(
    'to Local on fewer nodes than asked for is refused; there and back, and again: nothing to change',
    async () => {
      await cli.expect(
        1,
        'start',
        ...policy('Local'),
        '--min-nodes',
        '3',
        '--id',
        'policy-2',
        '--yes',
      );
      expect((await cli.record('policy-2')).state).toBe('refused');
      expect(await now()).toBe('Cluster');
      await cli.expect(0, 'start', ...policy('Local'), '--id', 'policy-3', '--yes');
      await cli.expect(0, 'start', ...policy('Local'), '--id', 'policy-4', '--yes');
      expect(stepOf(await cli.record('policy-4'), 'policy').outcome).toBe('unchanged');
      await cli.expect(0, 'drift', ...policy('Local'));
      await cli.expect(2, 'drift', ...policy('Cluster'));
      await cli.expect(0, 'start', ...policy('Cluster'), '--id', 'policy-5', '--yes');
      expect(await hops()).toEqual(['192.168.10.100', '192.168.10.101', '192.168.20.100']);
    },
    slow,
  );
});
