import { beforeAll, describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 600_000;
const vip = 'http://172.16.1.1/';
const reach = ['reach-test', '--pods', 'app=webpod'];

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);
const onRouter = (...args: string[]) =>
  open('router')('apply').run('nft', args, { sudo: true, exits: 'any' });

/** Address and name of the web pod on a node. */
async function podOn(node: string): Promise<{ name: string; ip: string }> {
  const path = '-o=jsonpath={.items[0].metadata.name} {.items[0].status.podIP}';
  const where = [
    `--field-selector=spec.nodeName=${node},status.phase=Running`,
    '--selector=app=webpod',
  ];
  const [name = '', ip = ''] = (await k('get', 'pods', ...where, path)).split(' ');
  return { name, ip };
}

/** Drops what goes to an address, on the router: by another tool than the one that notices. */
async function drop(ip: string): Promise<void> {
  await onRouter('add', 'table', 'ip', 'reachtest');
  await onRouter(
    'add',
    'chain',
    'ip',
    'reachtest',
    'f',
    '{ type filter hook forward priority 0; }',
  );
  // New calls alone: answers to what its own pod asks come from port 80, not to it.
  const match = ['ip', 'daddr', ip, 'tcp', 'dport', '80'];
  await onRouter('add', 'rule', 'ip', 'reachtest', 'f', ...match, 'drop');
}
const undrop = () => onRouter('delete', 'table', 'ip', 'reachtest');

/** Whether each of the web pods is ready. */
async function ready(): Promise<boolean[]> {
  const path = '-o=jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
  const all = await k('get', 'pods', '--selector=app=webpod', path);
  return all.split(' ').map((one) => one === 'True');
}

// Of a lab that was restored just now, pods are told as ready from before, until their kubelets look again.
beforeAll(async () => {
  if (lab === null) return;
  let since = Date.now();
  await until(
    'all three pods have been ready for 10 s',
    async () => {
      if ((await ready()).filter(Boolean).length !== 3) since = Date.now();
      return Date.now() - since > 10_000;
    },
    120_000,
  );
}, 150_000);

describe('reach-test on the lab', () => {
  test(
    'every pair is reached, twice; the pods are those that kubectl lists',
    async () => {
      for (const id of ['reach-1', 'reach-2']) {
        await cli.expect(
          0,
          'start',
          ...reach,
          '--min-pods',
          '3',
          '--urls',
          vip,
          '--id',
          id,
          '--yes',
        );
        const { outputs, steps } = await cli.record(id);
        expect(outputs).toMatchObject({ askers: 3, calls: 60, lost: 0 });
        expect(steps.every(({ applied }) => !applied)).toBe(true);
        const names = (await k('get', 'pods', '--selector=app=webpod', '--output=name')).split(
          '\n',
        );
        for (const { from } of outputs['pairs'] as unknown as { from: string }[]) {
          expect(names).toContain(`pod/${from}`);
        }
      }
    },
    slow,
  );

  test(
    'packets that the router drops are loss between exactly these pods, though every session is up; the worker killed meanwhile',
    async () => {
      const { name, ip } = await podOn('k8s-w0');
      await drop(ip);
      try {
        await cli.expect(0, 'start', ...reach, '--id', 'reach-3', '--yes', '--detach');
        await cli.reached('reach-3', 'it calls', ({ state }) => state === 'running');
        await cli.kill('worker');
        await cli.expect(4, 'watch', 'reach-3');
        const { state, failure } = await cli.record('reach-3');
        expect(state).toBe('stopped');
        // The worst first: the two other pods lose every call to this one.
        const worst = `\\S+ → ${name} \\(no answer in time\\)`;
        expect(failure?.message).toMatch(
          new RegExp(`of 45 calls lost, \\d+ pairs: ${worst}, ${worst}`),
        );
        // BGP says that all is well.
        const { stdout } = await open('router')('check').run('vtysh', ['-c', 'show bgp summary'], {
          sudo: true,
        });
        expect(stdout).not.toMatch(/Active|Idle|Connect/);
      } finally {
        await undrop();
      }
    },
    slow,
  );

  test(
    'as probes it tells loss, latency and the longest gap over time',
    async () => {
      const { ip } = await podOn('k8s-w0');
      const start = [
        ...reach,
        '--urls',
        vip,
        '--duration',
        '25s',
        '--id',
        'reach-4',
        '--yes',
        '--detach',
      ];
      await cli.expect(0, 'start', ...start);
      await cli.reached('reach-4', 'it keeps calling', ({ steps }) =>
        steps.some(({ path, phase }) => path === 'keep-calling' && phase !== null),
      );
      await drop(ip);
      try {
        await new Promise((resolve) => setTimeout(resolve, 6000));
      } finally {
        await undrop();
      }
      await cli.expect([0, 1], 'watch', 'reach-4');
      const { probes } = await cli.record('reach-4');
      const pods = probes.find(({ id }) => id === 'pods');
      expect(pods?.failed).toBeGreaterThan(0);
      expect(pods?.failed).toBeLessThan(pods?.sent ?? 0);
      expect(pods?.longestGapMs).toBeGreaterThan(4000);
      const report = await cli.expect(0, 'report', 'reach-4');
      expect(report).toMatch(/\| `pods` +\| \d+ +\| [1-9]\d* +\|.*×/);
      const page = await cli.expect(0, 'report', 'reach-4', '--format', 'html');
      expect(page).toContain('×');
      await until(
        'all is reached again',
        async () => (await cli.run('start', ...reach, '--yes')).code === 0,
      );
    },
    slow,
  );
});
