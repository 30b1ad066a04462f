import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { runRecordSchema, type RunRecord } from '../../core/record.js';
import { cliPath, finished, type Result } from '../client/e2e/cli.js';
import { needs } from '../needs.js';

/** What test/vm/vagrant.mjs has prepared; without it there is no libvirt of our own to act on. */
const prepared = process.env['RUNBOOK_VAGRANT'];
const { project, box, emulated } = JSON.parse(prepared ?? '{}') as {
  readonly project?: string;
  readonly box?: string;
  readonly emulated?: boolean;
};
const real = needs({
  linux: true,
  root: true,
  commands: ['vagrant', 'virsh'],
  files: [box ?? 'npm run test:vagrant'],
});
/** An emulated machine takes minutes to start, and more beside others. */
const slow = 60 * 60_000;

function run(command: string, args: readonly string[]): Promise<Result> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return finished(child, slow);
}

async function output(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr}`);
  return stdout.trim();
}

/** Runs the product's command line on the lab's project; it must end with this code. */
async function runbook(code: number, ...args: string[]): Promise<string> {
  const result = await run(process.execPath, [cliPath, '--project', project ?? '', ...args]);
  if (result.code === code) return `${result.stdout}${result.stderr}`;
  throw new Error(
    `runbook ${args.join(' ')}: exit ${result.code}, not ${code}\n${result.stdout}\n${result.stderr}`,
  );
}

async function record(id: string): Promise<RunRecord> {
  const args = [cliPath, '--project', project ?? '', 'status', id, '--json'];
  const { stdout } = await run(process.execPath, args);
  return runRecordSchema.parse(JSON.parse(stdout));
}

const outcomes = async (id: string): Promise<Record<string, string | null>> =>
  Object.fromEntries((await record(id)).steps.map(({ path, outcome }) => [path, outcome]));

const virsh = (...args: string[]): Promise<string> =>
  output('virsh', '-q', '-c', 'qemu:///system', ...args);

const domains = async (): Promise<string[]> =>
  (await virsh('list', '--all', '--name')).split('\n').filter((name) => name !== '');

const domainOf = async (machine: string): Promise<string> =>
  (await domains()).find((name) => name.endsWith(machine)) ?? `no ${machine}`;

/** By ssh of our own, with the key that vagrant made: another way in than that of any step. */
async function inside(machine: 'router' | 'node', command: string): Promise<string> {
  const address = { router: '192.168.10.200', node: '192.168.20.100' }[machine];
  const folder = await labFolder();
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=60',
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    `IdentityFile=${join(folder, '.vagrant/machines', machine, 'libvirt/private_key')}`,
  ].flatMap((option) => ['-o', option]);
  return output('ssh', ...options, `vagrant@${address}`, command);
}

/** Folder of the lab, as the run that made it says. */
async function labFolder(): Promise<string> {
  const { steps } = await record('up');
  const made = steps.find((step) => step.path === 'environment');
  return dirname((made?.output as { path?: string } | undefined)?.path ?? '/nowhere/none');
}

const lab = [
  'lab-up',
  '--box',
  'runbook/debian',
  '--box-url',
  box ?? '',
  ...(emulated === true ? ['--emulated'] : []),
];
const up = ['start', ...lab, '--yes'];

afterAll(async () => {
  if (prepared !== undefined)
    await run(process.execPath, [cliPath, '--project', project ?? '', 'dev', 'stop']);
}, 120_000);

describe('vagrant and libvirt, for real', () => {
  real(
    'provider-setup brings the network up, and changes nothing the second time; undone, it is down',
    async () => {
      await runbook(0, 'start', 'provider-setup', '--no-service', '--id', 'setup', '--yes');
      expect(await output('ip', '-brief', 'address', 'show', 'virbr0')).toContain('192.168.122.1');
      expect(await outcomes('setup')).toMatchObject({
        'packages/vagrant': 'unchanged',
        network: 'changed',
        'vagrant-fits': 'unchanged',
      });

      await runbook(0, 'start', 'provider-setup', '--no-service', '--id', 'setup-again', '--yes');
      const again = Object.values(await outcomes('setup-again'));
      expect(again.filter((outcome) => outcome === 'changed')).toEqual([]);

      await runbook(0, 'undo', 'setup', '--reason', 'tested', '--yes');
      expect(await virsh('net-info', 'default')).toMatch(/^Active: +no$/m);
    },
    slow,
  );

  real(
    'VirtualBox, which is not here, is found before anything is tried',
    async () => {
      const args = ['start', 'provider-setup', '--provider', 'virtualbox', '--yes'];
      expect(await runbook(1, ...args)).toContain('VirtualBox is not installed');
    },
    slow,
  );

  real(
    'two machines are made out of the inventory, with networks, routes and FRR',
    async () => {
      await runbook(0, ...up, '--id', 'up');
      expect((await record('up')).state).toBe('succeeded');
      expect(await domains()).toHaveLength(2);
      expect(await virsh('domstate', await domainOf('router'))).toBe('running');

      expect(await inside('node', 'ip route get 192.168.10.1')).toContain('via 192.168.20.200');
      expect(await inside('node', 'ping -c 1 -W 20 192.168.10.1')).toContain(' 0% packet loss');
      expect(await inside('router', "sudo vtysh -c 'show bgp summary'")).toContain(
        '192.168.20.100',
      );
      // A kernel of its own: what no container of the nspawn lab could show.
      expect(await inside('router', 'sudo modprobe geneve && lsmod')).toMatch(/^geneve /m);
    },
    slow,
  );

  real(
    'a second run changes nothing',
    async () => {
      await runbook(0, ...up, '--id', 'up-again');
      const others = Object.entries(await outcomes('up-again')).filter(
        ([, outcome]) => outcome !== 'unchanged',
      );
      expect(others).toEqual([]);
    },
    slow,
  );

  real(
    'a power cut is recognised as one, and recovered from',
    async () => {
      const boot = 'cat /proc/sys/kernel/random/boot_id';
      const before = await inside('router', boot);
      await virsh('destroy', await domainOf('router'));
      expect(await runbook(2, 'plan', ...lab)).toContain(
        'router has lost its power: off (destroyed)',
      );

      await runbook(0, ...up, '--id', 'recover');
      expect(await outcomes('recover')).toMatchObject({
        environment: 'unchanged',
        router: 'changed',
        node: 'unchanged',
        forwards: 'unchanged',
        frr: 'unchanged',
      });
      expect(await inside('router', "sudo vtysh -c 'show bgp summary'")).toContain(
        '192.168.20.100',
      );
      expect(await inside('router', boot)).not.toBe(before);
      expect(await inside('node', 'ping -c 1 -W 20 192.168.10.1')).toContain(' 0% packet loss');
    },
    slow,
  );

  real(
    'the run that started it again is undone: it is off, and was shut down',
    async () => {
      await runbook(0, 'undo', 'recover', '--reason', 'tested', '--yes');
      expect(await virsh('domstate', '--reason', await domainOf('router'))).toMatch(/^shut off/);
      expect(await virsh('domstate', await domainOf('node'))).toBe('running');
    },
    slow,
  );

  real(
    'they are removed with all that was made for them',
    async () => {
      const folder = await labFolder();
      await runbook(0, 'start', 'lab-down', '--yes');
      expect(await domains()).toEqual([]);
      expect(existsSync(join(folder, 'Vagrantfile'))).toBe(false);
      const networks = (await virsh('net-list', '--all', '--name')).split('\n').filter(Boolean);
      expect(networks).toEqual(['default']);
    },
    slow,
  );
});
