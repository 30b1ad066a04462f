import { describe, expect } from '@jest/globals';
import { createLabTargets, kubectl, lab, needsLab, until } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

const test = needsLab('nodes', 'routers', 'clients');
const open = createLabTargets();
const cli = new LabCli();
const slow = 900_000;
const report = (on: boolean): string[] => ['bgp-status-report', '--input', `report=${on}`];

const k = (...args: string[]): Promise<string> => kubectl(open('lab')('apply'), args);

/** Sessions that the CiliumBGPNodeConfigs tell of. */
const told = (): Promise<string> =>
  k(
    'get',
    'ciliumbgpnodeconfigs',
    '--output=jsonpath={.items[*].status.bgpInstances[*].peers[*].peeringState}',
  );
const uids = (): Promise<string> =>
  k(
    'get',
    'pods',
    '--namespace=kube-system',
    '--selector=app.kubernetes.io/part-of=cilium',
    '--output=jsonpath={.items[*].metadata.uid}',
  );

/** Sessions that the router has, by the table of vtysh. */
async function sessions(): Promise<number> {
  const { stdout } = await open('router')('check').run(
    'vtysh',
    ['-c', 'show bgp summary established json'],
    { sudo: true },
  );
  return [...stdout.matchAll(/"state":"Established"/g)].length;
}

describe('bgp-status-report on the lab', () => {
  test(
    'off: agents and operator are new ones, no config tells of sessions, which are all up; a worker killed; undone, they tell again',
    async () => {
      await until('the configs tell', async () => (await told()).split(' ').length === 3);
      const before = await uids();
      await cli.expect(
        0,
        'start',
        ...report(false),
        '--hold',
        '--id',
        'report-1',
        '--yes',
        '--detach',
      );
      await cli.reached(
        'report-1',
        'helm is at work',
        (record) => stepOf(record, 'value').phase === 'applying',
      );
      await cli.kill('worker');
      await until(
        'it holds',
        async () => (await cli.record('report-1')).state === 'waiting',
        420_000,
      );
      expect(await told()).toBe('');
      expect(await sessions()).toBe(3);
      const now = (await uids()).split(' ');
      expect(now.filter((uid) => before.includes(uid))).toEqual([]);
      // What undo would need if helm had forgotten the revision; it reads it no other way.
      const saved = `${lab?.stateDir ?? ''}/projects`;
      const found = await open('local')('check').run('find', [
        saved,
        '-path',
        '*/releases/report-1/cilium.json',
      ]);
      expect(found.stdout.trim()).not.toBe('');
      const [probe] = (await cli.record('report-1')).probes;
      expect(probe?.failed).toBeLessThanOrEqual(5);

      await cli.expect(0, 'undo', 'report-1', '--reason', 'not today', '--yes');
      await cli.expect(4, 'watch', 'report-1');
      await until(
        'the configs tell again',
        async () => (await told()).split(' ').length === 3,
        300_000,
      );
      await until('all sessions are up', async () => (await sessions()) === 3, 180_000);
    },
    slow,
  );

  test(
    'on, where it is on already: the second run changes nothing',
    async () => {
      await cli.expect(0, 'start', ...report(true), '--id', 'report-2', '--yes');
      await cli.expect(0, 'start', ...report(true), '--id', 'report-3', '--yes');
      const { steps } = await cli.record('report-3');
      expect(steps.filter(({ outcome }) => outcome === 'changed')).toEqual([]);
      await cli.expect(0, 'drift', ...report(true));
      await cli.expect(2, 'drift', ...report(false));
      expect((await told()).split(' ')).toEqual(['established', 'established', 'established']);
    },
    slow,
  );
});
