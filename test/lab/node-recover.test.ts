import { describe, expect } from '@jest/globals';
import { nspawnMachine } from '../../plugins/nspawn/machine.js';
import { attempt } from '../laws/attempt.js';
import { localTarget } from '../targets/local.js';
import { createLabTargets, hostsOf, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';
import { routesVia } from './router-facts.js';

const test = needsLab('nodes', 'routers');
const open = createLabTargets(finish);
const cli = new LabCli();
const node = 'k8s-w0';
const address = '192.168.20.100';
const start = ['start', 'node-recover', '--node', node, '--yes'];
const slow = 600_000;

const field = (path: string): Promise<string> =>
  kubectl(open('lab')('check'), ['get', 'node', node, `-o=jsonpath={${path}}`]);
const ready = (): Promise<string> => field('.status.conditions[?(@.type=="Ready")].status');
const boot = (): Promise<string> => field('.status.nodeInfo.bootID');

/** A machine loses its power, as in a crash: links first, then every process at once. */
async function crash(name = node): Promise<void> {
  const machine = lab?.inventory.hosts[name]?.machine ?? {};
  const world = {
    target: localTarget(),
    input: { ...machine, state: 'stopped', force: true },
    cleanup: () => Promise.resolve(),
  };
  const { before } = await attempt(nspawnMachine, world).check();
  await attempt(nspawnMachine, world).apply(before);
}

/** Stops every process of the machine where it is, or lets them go on; by its control group. */
async function freeze(state: 'FROZEN' | 'THAWED'): Promise<void> {
  const prefix = String(lab?.inventory.hosts[node]?.machine?.['prefix']);
  const script = `for top in /sys/fs/cgroup/freezer /sys/fs/cgroup; do
g=$top/nspawn-$1/$2/guest
[ ! -e $g/freezer.state ] || { echo $3 > $g/freezer.state; exit 0; }
[ ! -e $g/cgroup.freeze ] || { [ $3 = FROZEN ] && echo 1 > $g/cgroup.freeze || echo 0 > $g/cgroup.freeze; exit 0; }
done; exit 1`;
  await localTarget().run('sh', ['-c', script, 'freeze', prefix, node, state]);
}

const notReady = (): Promise<void> =>
  until('the control plane has given it up', async () => (await ready()) !== 'True', 90_000);

/** As the lab was. */
async function finish(): Promise<void> {
  if (lab === null) return;
  await freeze('THAWED').catch(() => undefined);
  await cli.expect(0, 'start', 'lab-up', '--yes');
}

describe('node-recover on the lab', () => {
  test(
    'a node that is well is refused',
    async () => {
      const before = await boot();
      const refused = await cli.run(...start);
      expect(refused.code).toBe(1);
      const said = refused.stdout + refused.stderr;
      expect(said).toContain(`${node} is running`);
      expect(said).toContain(`${node} answers`);
      expect(said).toContain(`${node} is Ready`);
      expect(await boot()).toBe(before);
    },
    slow,
  );

  test(
    'undone before its end, the machine is off as it was found',
    async () => {
      await crash();
      await notReady();
      await cli.expect(0, ...start, '--id', 'recover-undone', '--detach');
      await cli.reached('recover-undone', 'the machine is on', (record) => {
        return stepOf(record, 'started').outcome === 'changed';
      });
      await cli.expect(
        [0, 4],
        'cancel',
        'recover-undone',
        '--undo',
        '--reason',
        'not yet',
        '--yes',
      );
      await cli.expect(4, 'watch', 'recover-undone');
      await expect(open(node)('check').run('true', [])).rejects.toMatchObject({
        code: 'unreachable',
      });
    },
    slow,
  );

  test(
    'after a power cut everything is back, though the worker dies while the machine starts',
    async () => {
      const before = await boot();
      await crash();
      await notReady();
      await cli.expect(0, ...start, '--id', 'recover-killed', '--detach');
      await cli.reached('recover-killed', 'the machine is on', (record) => {
        return stepOf(record, 'started').outcome === 'changed';
      });
      await cli.kill('worker');
      await cli.expect(0, 'watch', 'recover-killed');
      expect(await ready()).toBe('True');
      expect(await boot()).not.toBe(before);
      const routes = await routesVia(open('router')('check'), address);
      expect(routes.filter((route) => route.startsWith('172.20.'))).toHaveLength(1);
      expect(stepOf(await cli.record('recover-killed'), 'off').outcome).toBe('unchanged');
    },
    slow,
  );

  test(
    'the only control plane: there is no API to ask, so a person is; then everything is back',
    async () => {
      const [only = ''] = hostsOf('control-plane');
      await crash(only);
      const from = ['start', 'node-recover', '--node', only, '--yes', '--id', 'recover-only'];
      await cli.expect(3, ...from);
      const waiting = await cli.record('recover-only');
      expect(waiting.waitingFor[0]).toMatchObject({ path: 'only-control-plane', kind: 'approval' });
      expect(stepOf(waiting, 'node-is-down').output).toMatchObject({ api: false });
      await expect(field('.metadata.name')).rejects.toMatchObject({ class: 'transient' });

      await cli.expect(0, 'approve', 'recover-only', '--reason', 'nobody else can schedule');
      await cli.expect(0, 'watch', 'recover-only');
      expect(await ready()).toBe('True');
      const routes = await routesVia(
        open('router')('check'),
        lab?.inventory.hosts[only]?.address ?? '',
      );
      expect(routes.filter((route) => route.startsWith('172.20.'))).toHaveLength(1);
    },
    slow,
  );

  test(
    'a machine that hangs is refused without --hung; with it a person approves, and its power is cut',
    async () => {
      const before = await boot();
      await freeze('FROZEN');
      await notReady();
      const refused = await cli.run(...start);
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toContain(`${node} is running`);

      await cli.expect(3, ...start, '--hung', '--patience', '3s', '--id', 'recover-hung');
      const waiting = await cli.record('recover-hung');
      expect(waiting.waitingFor[0]).toMatchObject({ path: 'may-be-forced', kind: 'approval' });
      await cli.expect(0, 'approve', 'recover-hung', '--reason', 'it has hung for minutes');
      await cli.expect(0, 'watch', 'recover-hung');
      expect(await ready()).toBe('True');
      expect(await boot()).not.toBe(before);
    },
    slow,
  );
});
