import { describe, expect } from '@jest/globals';
import { createLabTargets, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const start = ['start', 'packet-capture', '--yes'];
const bgp = ['--interface', 'eth1', '--filter', 'tcp port 179', '--snaplen', '1500'];
const slow = 300_000;

const sh = async (host: string, script: string): Promise<string> =>
  (await open(host)('apply').run('sh', ['-euc', script], { sudo: true })).stdout;

/** What a machine has of captures: files, and programs that take them. */
const remains = (host: string): Promise<string> =>
  sh(host, 'ls /var/lib/runbook/captures 2>/dev/null || :; pgrep tcpdump || :');

interface Summary {
  readonly packets: number;
  readonly tcp: { readonly syn: number };
  readonly bgp: Readonly<Record<string, number>>;
  readonly flows: readonly { readonly from: string; readonly to: string }[];
}

async function summary(run: string, host: string): Promise<Summary> {
  const step = stepOf(await cli.record(run), `summed[${host}]`);
  return step.output as unknown as Summary;
}

describe('packet-capture on the lab', () => {
  test(
    'BGP on router and node at the same time: keepalives both ways, and nothing is left behind',
    async () => {
      const hosts = ['--hosts', 'router', '--hosts', 'k8s-ctr'];
      const match = ['--match', 'bgp.type == 4'];
      const more = [...match, '--duration', '8s', '--id', 'capture-bgp'];
      await cli.expect(0, ...start, ...hosts, ...bgp, ...more);
      // Keepalives go out every 3 s from each side of each session.
      const router = await summary('capture-bgp', 'router');
      expect(router.bgp['keepalive']).toBeGreaterThanOrEqual(6);
      expect(router.flows.map(({ to }) => to)).toContain('192.168.10.200:179');
      const node = await summary('capture-bgp', 'k8s-ctr');
      expect(node.packets).toBeLessThan(router.packets);
      for (const host of ['router', 'k8s-ctr']) expect(await remains(host)).toBe('');
      // tshark, a reader of its own, finds as many packets with a keepalive; some hold several.
      const matched = stepOf(await cli.record('capture-bgp'), 'matched[router]').output as {
        packets: number;
        values: Record<string, Record<string, number>>;
      };
      expect(matched.packets).toBeGreaterThanOrEqual(6);
      expect(matched.packets).toBeLessThanOrEqual(router.bgp['keepalive'] ?? 0);
      expect(Object.keys(matched.values['ip.src'] ?? {})).toContain('192.168.10.200');

      const { steps } = await cli.record('capture-bgp');
      const fetched = steps.find(({ path }) => path === 'fetched[router]')?.output as {
        path: string;
      };
      // tcpdump itself, in a machine of the lab, reads the same number of packets out of the file.
      const { stdout } = await open('local')('check').run('base64', ['-w0', fetched.path]);
      const read = await open('k8s-w0')('apply').run(
        'sh',
        ['-euc', 'base64 -d | tcpdump -n -r - 2>/dev/null | wc -l'],
        { sudo: true, input: stdout },
      );
      expect(Number(read.stdout)).toBe(router.packets);
    },
    slow,
  );

  test(
    'calls meanwhile; the worker dies while it captures',
    async () => {
      const vip = ['--filter', 'tcp port 80', '--url', 'http://172.16.1.1/', '--from', 'client'];
      const more = ['--interface', 'eth3', '--duration', '20s', '--id', 'capture-killed'];
      await cli.expect(0, ...start, '--hosts', 'router', ...vip, ...more, '--detach');
      await cli.reached('capture-killed', 'it captures', ({ steps }) => {
        return steps.some(({ path, phase }) => path === 'taken[router]' && phase === 'applying');
      });
      // Long enough for a busy machine to be seen at it.
      await until('tcpdump runs', async () => (await sh('router', 'pgrep tcpdump || :')) !== '');
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'capture-killed');
      expect((await cli.record('capture-killed')).state).toBe('succeeded');
      const found = await summary('capture-killed', 'router');
      expect(found.tcp.syn).toBeGreaterThan(2);
      expect(found.flows.map(({ from }) => from)).toContain('172.16.1.1:80');
      expect(await remains('router')).toBe('');
    },
    slow,
  );

  test(
    'nothing comes by: it parks; undone, no file is left, here or there',
    async () => {
      const never = ['--match', 'bgp.type == 4', '--least', '0', '--most', '0'];
      const forbidden = [...bgp, ...never, '--duration', '8s', '--id', 'capture-forbidden'];
      await cli.expect(3, ...start, '--hosts', 'router', ...forbidden);
      const { failure } = stepOf(await cli.record('capture-forbidden'), 'matched[router]');
      expect(failure?.message).toMatch(/packets match, not 0 to 0$/);
      await cli.expect(0, 'undo', 'capture-forbidden', '--reason', 'tested', '--yes');
      await cli.expect(4, 'watch', 'capture-forbidden');
      const none = ['--filter', 'tcp port 9', '--duration', '1s', '--id', 'capture-none'];
      await cli.expect(3, ...start, '--hosts', 'router', ...none);
      const record = await cli.record('capture-none');
      expect(record.waitingFor[0]?.message).toContain('0 packets instead of 1');
      await cli.expect(0, 'undo', 'capture-none', '--reason', 'tested', '--yes');
      await cli.expect(4, 'watch', 'capture-none');
      expect(await remains('router')).toBe('');
      const found = await open('local')('check').run(
        'find',
        [lab?.stateDir ?? '', '-path', '*captures/capture-none*'],
        {},
      );
      expect(found.stdout).toBe('');
    },
    slow,
  );

  test(
    'one at a time: while another capture is under way it is refused',
    async () => {
      // Well within the 30 s that a command has.
      const held = sh('router', 'flock /run/runbook-capture.lock sleep 20');
      await until('the lock is held', async () => {
        return (await sh('router', 'flock -n /run/runbook-capture.lock true || echo held')) !== '';
      });
      const refused = await cli.run(...start, '--hosts', 'router', '--duration', '1s');
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toContain('another capture is under way');
      await held;
    },
    slow,
  );
});
