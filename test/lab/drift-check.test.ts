import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, needsLab, until } from './kube-fixture.js';
import { LabCli } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const check = ['drift-check', '--pods', 'app=webpod'];
const key = 'net.ipv4.fib_multipath_hash_policy';

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const sysctl = (value: number) =>
  open('router')('apply').run('sysctl', ['-w', `${key}=${value}`], { sudo: true });

async function quiet(): Promise<void> {
  await until('no drift', async () => (await cli.run('drift', ...check)).code === 0, 180_000);
}

/** Everything that a check could have changed, by other tools. */
async function world(): Promise<unknown> {
  const { stdout } = await open('router')('check').run('sysctl', ['-n', key]);
  return {
    policy: stdout.trim(),
    files: (await open('router')('check').run('ls', ['-l', '/etc/sysctl.d'])).stdout,
    labels: await k('get', 'nodes', '--output=jsonpath={.items[*].metadata.labels}'),
    label: await k('get', 'nodes', '--selector=enable-bgp=true', '--output=name'),
  };
}

describe('drift-check on the lab', () => {
  test(
    'finds nothing on a lab that is as it should be',
    async () => {
      await quiet();
      await cli.expect(0, 'start', ...check, '--id', 'drift-none', '--yes');
      expect((await cli.record('drift-none')).state).toBe('succeeded');
    },
    slow,
  );

  test(
    'names all that has drifted, from the label to the route, and changes none of it; the worker killed meanwhile',
    async () => {
      await k('label', 'node', 'k8s-w0', 'enable-bgp=false', '--overwrite');
      await sysctl(0);
      try {
        await until('the router has lost the routes of k8s-w0', async () => {
          const { stdout } = await open('router')('check').run('ip', [
            'route',
            'show',
            'proto',
            'bgp',
          ]);
          return !stdout.includes('192.168.20.100');
        });
        const before = await world();
        const drift = await cli.expect(2, 'drift', ...check);
        for (const guard of [
          'labels',
          'agents-peer',
          'routers-peer',
          'service-routed',
          'hash-policy',
        ]) {
          expect(drift).toContain(guard);
        }
        expect(drift).toContain('missing: k8s-w0');
        expect(drift).not.toContain('To mend it');

        await cli.expect(0, 'start', ...check, '--id', 'drift-found', '--yes', '--detach');
        await cli.reached('drift-found', 'it looks', ({ state }) => state !== 'resolving');
        await cli.kill('worker');
        await cli.expect(1, 'watch', 'drift-found');
        const record = await cli.record('drift-found');
        expect(record.state).toBe('refused');
        const failed = record.steps.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ path }) => path)).toEqual(
          expect.arrayContaining(['labels', 'routers-peer[router]', 'hash-policy[router]']),
        );
        expect(record.steps.some(({ applied }) => applied)).toBe(false);
        expect(await world()).toEqual(before);
      } finally {
        await k('label', 'node', 'k8s-w0', 'enable-bgp=true', '--overwrite');
        await sysctl(1);
      }
      await quiet();
    },
    slow,
  );
});
