import { describe, expect } from '@jest/globals';
import { needsLab } from './kube-fixture.js';
import { LabCli, stepOf } from './lab-cli.js';

// The host that the lab runs on can run machines: nothing is installed or removed here. What libvirt needs
// is installed, started and undone for real by `npm run test:vagrant`.

const test = needsLab('nodes');
const cli = new LabCli();
const slow = 300_000;
const machines = ['k8s-ctr', 'k8s-w0', 'k8s-w1', 'router'].flatMap((name) => ['--machines', name]);
const setup = ['provider-setup', '--provider', 'nspawn', ...machines, '--cluster', 'lab'];

describe('provider-setup on the host of the lab', () => {
  test(
    'it can run machines, which answer, and three nodes are Ready: nothing to change',
    async () => {
      await cli.expect(0, 'start', ...setup, '--nodes', '3', '--id', 'setup-1', '--yes');
      const { steps } = await cli.record('setup-1');
      expect(steps.filter(({ applied }) => applied)).toEqual([]);
      expect(steps.filter(({ path }) => path.startsWith('machines-reachable['))).toHaveLength(4);
      await cli.expect(0, 'drift', ...setup, '--nodes', '3');
    },
    slow,
  );

  test(
    'a node that is missing is no success, though every program is there; the worker killed meanwhile; undone, nothing was touched',
    async () => {
      const more = ['--nodes', '4', '--id', 'setup-2', '--yes', '--detach'];
      await cli.expect(0, 'start', ...setup, ...more);
      await cli.reached('setup-2', 'it waits for the nodes', (record) => {
        return stepOf(record, 'nodes-ready').phase !== null;
      });
      await cli.kill('worker');
      const cancel = ['cancel', 'setup-2', '--undo', '--reason', 'there are three', '--yes'];
      await cli.expect([0, 4], ...cancel);
      await cli.expect(4, 'watch', 'setup-2');
      const record = await cli.record('setup-2');
      expect(stepOf(record, 'nspawn-fits').outcome).toBe('unchanged');
      expect(stepOf(record, 'nodes-ready').outcome).not.toBe('unchanged');
      expect(record.steps.filter(({ applied }) => applied)).toEqual([]);
    },
    slow,
  );

  test(
    'a VirtualBox that is not there is found before anything is tried',
    async () => {
      const start = ['start', 'provider-setup', '--provider', 'virtualbox', '--yes'];
      await cli.expect(1, ...start, '--id', 'setup-box');
      const record = await cli.record('setup-box');
      expect(record.state).toBe('refused');
      expect(stepOf(record, 'virtualbox-fits').outcome).toBe('failed');
    },
    slow,
  );
});
