import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { runRecordSchema, type RunRecord } from '../../core/record.js';
import { libvirtMachine } from '../../plugins/libvirt/machine.js';
import { cliPath, finished, type Result } from '../client/e2e/cli.js';
import { laws, type LawCase } from '../laws.js';
import { needs } from '../needs.js';
import { localTarget } from '../targets/local.js';

// A domain without a disk: its emulator runs the firmware, which finds nothing to boot and hears no request to shut down.
// So its power is switched for real, in a second, and nobody has to boot. In the libvirtd that test/vm/vagrant.mjs starts.

const real = needs({
  linux: true,
  root: true,
  commands: ['virsh', 'qemu-system-x86_64'],
  files: process.env['RUNBOOK_VAGRANT'] === undefined ? ['npm run test:vagrant'] : [],
});
const domain = 'rb-power_k8s-w0';
const folder = mkdtempSync(join(tmpdir(), 'libvirt-power-'));
const xml = `<domain type='qemu'>
  <name>${domain}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><console type='pty'/></devices>
</domain>`;

const virsh = async (...args: string[]): Promise<string> => {
  const exits = [0, 1];
  const options = { exits, timeout: '60s' } as const;
  const { stdout } = await localTarget().run(
    'virsh',
    ['-q', '-c', 'qemu:///system', ...args],
    options,
  );
  return stdout.trim();
};
const power = (): Promise<string> => virsh('domstate', '--reason', domain);

/** The domain in this state of its power, whatever it was in. */
async function begin(...verbs: readonly (readonly string[])[]): Promise<void> {
  await virsh('destroy', domain);
  await virsh('undefine', '--managed-save', domain);
  const file = join(folder, 'domain.xml');
  writeFileSync(file, xml);
  await virsh('define', file);
  for (const [verb = '', ...more] of verbs) await virsh(verb, ...more, domain);
}
const running = [['start']] as const;

function situation(
  title: string,
  verbs: readonly (readonly string[])[],
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: async () => {
      await begin(...verbs);
      return {
        target: localTarget(),
        input: { domain, stopTimeout: '1s', ...input },
        // Without why: a power cut and a shutdown leave the same behind.
        snapshot: async () => (await virsh('domstate', domain)).split('\n')[0],
        cleanup: () => Promise.resolve(),
      };
    },
    ...more,
  };
}

laws(libvirtMachine, {
  test: real,
  killPoints: 2,
  timeoutMs: 300_000,
  cases: [
    // Undo of a start meets a machine that is deaf, as one is while it boots.
    situation('off, to be started', [], { state: 'running', stop: 'forced' }),
    situation('running and deaf, to be forced', running, { state: 'off', stop: 'forced' }),
    situation('running, to lose its power', running, { state: 'off', stop: 'cut' }),
    situation('paused, to run', [...running, ['suspend']], { state: 'running' }),
    situation('running as wanted', running, { state: 'running' }, { finds: 'nothing' }),
  ],
  bad: [],
});

/** The product's command line on a project whose one node is the domain. */
function cli(args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [cliPath, '--project', folder, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, RUNBOOK_STATE_DIR: join(folder, 'state') },
  });
  return finished(child, 300_000);
}

/** The same; it must end with this code. */
async function runbook(code: number, ...args: string[]): Promise<string> {
  const result = await cli(args);
  if (result.code === code) return result.stdout;
  throw new Error(
    `runbook ${args.join(' ')}: exit ${result.code}, not ${code}\n${result.stdout}\n${result.stderr}`,
  );
}

async function record(id: string): Promise<RunRecord> {
  const { stdout } = await cli(['status', id, '--json']);
  return runRecordSchema.parse(JSON.parse(stdout));
}

const outcomes = async (id: string): Promise<Record<string, string | null>> =>
  Object.fromEntries((await record(id)).steps.map(({ path, outcome }) => [path, outcome]));

interface Definition {
  readonly inputs: unknown;
  readonly guards: readonly { readonly id: string }[];
  readonly steps: readonly { readonly id: string }[];
}

/** What node-recover does about the power of a machine of libvirt, in its own words; there is no cluster here. */
beforeAll(() => {
  const file = new URL('../../runbooks/node-recover.yaml', import.meta.url);
  const { inputs, guards, steps } = parse(readFileSync(file, 'utf8')) as Definition;
  const kept = new Set(['domain-is-off', 'may-be-forced', 'domain-off', 'domain-started']);
  const power = {
    apiVersion: 'runbook/v1',
    name: 'recover-power',
    inputs,
    target: '${{ inputs.node }}',
    guards: guards.filter(({ id }) => kept.has(id)),
    steps: steps.filter(({ id }) => kept.has(id)),
    onFailure: 'park',
  };
  const inventory = {
    apiVersion: 'runbook/v1',
    hosts: { 'k8s-w0': { groups: ['nodes'], machine: { domain } } },
  };
  mkdirSync(join(folder, 'runbooks'));
  writeFileSync(join(folder, 'runbook.yaml'), 'apiVersion: runbook/v1\nname: power\n');
  writeFileSync(join(folder, 'inventory.yaml'), stringify(inventory));
  writeFileSync(join(folder, 'runbooks', 'recover-power.yaml'), stringify(power));
});

afterAll(async () => {
  if (process.env['RUNBOOK_VAGRANT'] !== undefined) {
    await runbook(0, 'dev', 'stop');
    await virsh('destroy', domain);
    await virsh('undefine', '--managed-save', domain);
  }
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const start = ['start', 'recover-power', '--node', 'k8s-w0', '--yes'];

describe('the power of a node that is a machine of libvirt', () => {
  real(
    'one that runs is refused; one that has lost its power is started',
    async () => {
      await begin(...running);
      await runbook(1, ...start, '--id', 'runs');
      const refused = await record('runs');
      expect(refused.state).toBe('refused');
      expect(
        refused.steps.find(({ path }) => path === 'domain-is-off')?.failure?.message,
      ).toContain(`${domain} is running`);

      await virsh('destroy', domain);
      expect(await power()).toBe('shut off (destroyed)');
      await runbook(0, ...start, '--id', 'lost');
      expect(await outcomes('lost')).toMatchObject({
        'domain-off': 'unchanged',
        'domain-started': 'changed',
      });
      expect(await power()).toBe('running (booted)');
    },
    300_000,
  );

  real(
    'one that hangs hears no request: after a yes and the time it was given, its power is cut, and it is started',
    async () => {
      await begin(...running);
      const id = await virsh('domid', domain);
      await runbook(3, ...start, '--hung', '--patience', '2s', '--id', 'hangs');
      expect(await virsh('domid', domain)).toBe(id);
      await runbook(0, 'approve', 'hangs', '--reason', 'it has hung for minutes');
      await runbook(0, 'watch', 'hangs');
      expect(await outcomes('hangs')).toMatchObject({
        'domain-off': 'changed',
        'domain-started': 'changed',
      });
      expect(await power()).toBe('running (booted)');
      // A process of its own for each start.
      expect(await virsh('domid', domain)).not.toBe(id);
    },
    300_000,
  );
});
