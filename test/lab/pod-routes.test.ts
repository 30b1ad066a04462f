import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';
import { reachedBy } from './pod-calls.js';

const test = needsLab('nodes', 'routers');
const open = createLabTargets(clean);
const cli = new LabCli();
const start = ['start', 'pod-routes', '--cluster', 'lab', '--pods', 'app=webpod', '--yes'];
const nodes = ['k8s-ctr', 'k8s-w0', 'k8s-w1'];
const pods = '172.20.0.0/16';
const slow = 600_000;

const sh = async (node: string, script: string): Promise<string> =>
  (await open(node)('apply').run('sh', ['-euc', script], { sudo: true, timeout: '60s' })).stdout;

/** What a node has of the route, by `ip` and the files of whoever brings its interfaces up. */
const found = (node: string): Promise<string> =>
  sh(node, `ip route show exact ${pods}; ls /etc/network/if-up.d | grep runbook || :`);

/** Every node sends packets for the pods of the others nowhere. */
async function unreachable(): Promise<void> {
  for (const node of nodes) {
    await sh(node, `ip route replace unreachable ${pods}`);
  }
}

async function clean(): Promise<void> {
  if (lab === null) return;
  for (const node of nodes) {
    await sh(
      node,
      `ip route del ${pods} 2>/dev/null || :; rm -f /etc/network/if-up.d/90-runbook-*`,
    );
  }
}

describe('pod-routes on the lab', () => {
  test(
    'pods that reach those of their own node only reach all; undone, it is as it was; the second time, nothing changes',
    async () => {
      await kubectl(open('lab')('apply'), ['rollout', 'restart', 'deployment/webpod']);
      await kubectl(open('lab')('apply'), ['rollout', 'status', 'deployment/webpod']);
      await unreachable();
      const before = await Promise.all(nodes.map(found));
      const few = Object.values(await reachedBy(open)).reduce((sum, one) => sum + one, 0);
      expect(few).toBeLessThan(9);

      await cli.expect(2, 'drift', 'pod-routes', '--cluster', 'lab');
      await cli.expect(3, ...start, '--trial', '10m', '--id', 'routes');
      const all = Object.values(await reachedBy(open)).reduce((sum, one) => sum + one, 0);
      expect(all).toBe(9);
      expect(await sh('k8s-w0', 'ip route get 172.20.255.1')).toContain('via 192.168.20.200');

      await cli.expect(0, 'undo', 'routes', '--reason', 'tested', '--yes');
      await cli.expect(4, 'watch', 'routes');
      expect(await Promise.all(nodes.map(found))).toEqual(before);

      await cli.expect(0, ...start);
      await cli.expect(0, ...start, '--id', 'routes-again');
      const { steps } = await cli.record('routes-again');
      const others = steps.filter(({ outcome }) => outcome !== 'unchanged');
      expect(others.map(({ path, outcome }) => [path, outcome])).toEqual([['keep', 'skipped']]);
      await cli.expect(0, 'drift', 'pod-routes', '--cluster', 'lab');
    },
    slow,
  );

  test(
    'the worker dies in the middle; the route is there after a restart of the machine',
    async () => {
      await clean();
      await cli.expect(0, ...start, '--id', 'routes-killed', '--detach');
      await cli.reached('routes-killed', 'the first route is made', ({ steps }) => {
        return steps.some(({ path, outcome }) => path.startsWith('now[') && outcome === 'changed');
      });
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'routes-killed');
      expect((await cli.record('routes-killed')).state).toBe('succeeded');

      await cli.expect(0, 'start', 'node-restart', '--node', 'k8s-w1', '--yes');
      await until('the route is there again', async () => {
        return (await found('k8s-w1')).startsWith(`${pods} via 192.168.10.200`);
      });
      const wait = ['wait', '--for=condition=Ready', 'node/k8s-w1', '--timeout=90s'];
      await kubectl(open('lab')('check'), wait, { timeout: '100s' });
      await until(
        'a second plan finds nothing to do',
        async () => (await cli.run('plan', 'pod-routes', '--cluster', 'lab')).code === 0,
        120_000,
      );
    },
    slow,
  );

  test(
    'a prefix that swallows the network of the nodes is refused, and nothing is touched',
    async () => {
      const before = await Promise.all(nodes.map(found));
      const refused = await cli.run(...start, '--prefix', '192.168.0.0/16', '--id', 'too-wide');
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toContain('192.168.0.0/16 touches 192.168.10.0/24');
      expect(await Promise.all(nodes.map(found))).toEqual(before);
      const record = await cli.record('too-wide');
      expect(stepOf(record, 'at-boot').outcome).toBeNull();
    },
    slow,
  );
});
