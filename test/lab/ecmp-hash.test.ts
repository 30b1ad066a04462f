import { beforeAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets(finish);
const cli = new LabCli();
const slow = 600_000;
const key = 'net.ipv4.fib_multipath_hash_policy';
const vip = '172.16.1.1';
const hash = (policy: number): string[] => {
  const service = ['--service', 'webpod', '--url', `http://${vip}/`, '--nodes', '3'];
  return ['ecmp-hash', '--policy', String(policy), ...service];
};

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const router = (...args: [string, ...string[]]) =>
  open('router')('apply').run(args[0], args.slice(1), { sudo: true, exits: 'any' });

async function state(): Promise<unknown> {
  return {
    value: (await router('sysctl', '-n', key)).stdout.trim(),
    files: (await router('grep', '-rh', key, '/etc/sysctl.d', '/etc/sysctl.conf')).stdout,
  };
}

async function setPolicy(to: string): Promise<void> {
  const patch = `--patch={"spec":{"externalTrafficPolicy":"${to}"}}`;
  await k('patch', 'service', 'webpod', '--type=merge', patch);
}

/** Who answers plain calls of the client. */
async function answering(calls: number): Promise<Set<string>> {
  const script = `for i in $(seq ${calls}); do curl -s -m 2 http://${vip}/ | grep ^Hostname; done`;
  const { stdout } = await open('client')('check').run('sh', ['-c', script], { timeout: '2m' });
  return new Set(stdout.trim().split('\n'));
}

beforeAll(async () => {
  if (lab === null) return;
  await setPolicy('Local');
  await until('three nodes take calls', async () => {
    const { stdout } = await router('ip', 'route', 'show', 'exact', vip);
    return [...stdout.matchAll(/via /g)].length === 3;
  });
}, 120_000);
async function finish(): Promise<void> {
  await setPolicy('Cluster');
  await router('sysctl', '-w', `${key}=1`);
}

describe('ecmp-hash on the lab', () => {
  test(
    'from addresses alone to ports: all pods answer one client equally often, and it outlives a restart; a worker killed; undone as found',
    async () => {
      const kept = await router(
        'cat',
        '/etc/sysctl.d/90-runbook-net.ipv4.fib_multipath_hash_policy.conf',
      );
      await router('rm', '-f', '/etc/sysctl.d/90-runbook-net.ipv4.fib_multipath_hash_policy.conf');
      await router('sysctl', '-w', `${key}=0`);
      const before = await state();
      await cli.expect(2, 'drift', ...hash(1));
      await cli.expect(3, 'start', ...hash(1), '--id', 'hash-0', '--yes');
      const [asked] = (await cli.record('hash-0')).waitingFor;
      expect(asked).toMatchObject({ path: 'rehash', kind: 'approval' });
      await cli.expect(0, 'reject', 'hash-0', '--reason', 'not now');
      expect(await state()).toEqual(before);
      // Each node learns of the local policy by itself: until then it hands calls on.
      await until('one pod answers', async () => (await answering(20)).size === 1);
      const whole = [...hash(1), '--rehash', '--hold', '--id', 'hash-1', '--yes', '--detach'];
      await cli.expect(0, 'start', ...whole);
      await cli.reached('hash-1', 'it sets the policy', ({ steps }) =>
        steps.some(
          ({ path, phase, outcome }) =>
            path.startsWith('policy[') && (phase !== null || outcome !== null),
        ),
      );
      await cli.kill('worker');
      await cli.reached('hash-1', 'it holds', (record) => record.state === 'waiting');
      expect(await state()).toEqual({ value: '1', files: `${key} = 1\n` });
      expect((await answering(40)).size).toBe(3);
      const { output } = stepOf(await cli.record('hash-1'), 'shares');
      expect(output).toMatchObject({ lost: 0, sources: ['192.168.30.10'] });

      await cli.expect(0, 'undo', 'hash-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'hash-1');
      expect(await state()).toEqual(before);
      expect(kept.exitCode).toBe(0);
    },
    slow,
  );

  test(
    'again, and again: nothing to change, and nothing to ask; without a local traffic policy nothing is proven, so it is refused',
    async () => {
      await cli.expect(0, 'start', ...hash(1), '--rehash', '--id', 'hash-2', '--yes');
      await cli.expect(0, 'start', ...hash(1), '--id', 'hash-3', '--yes');
      const again = await cli.record('hash-3');
      expect(stepOf(again, 'rehash').outcome).toBe('skipped');
      expect(stepOf(again, 'policy[router]').outcome).toBe('unchanged');
      await cli.expect(0, 'drift', ...hash(1));
      await setPolicy('Cluster');
      await cli.expect(1, 'start', ...hash(0), '--id', 'hash-4', '--yes');
      expect((await cli.record('hash-4')).state).toBe('refused');
      expect(await state()).toMatchObject({ value: '1' });
      await setPolicy('Local');
    },
    slow,
  );
});
