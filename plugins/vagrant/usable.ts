import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { failureOf } from './failure.js';
import { compare, versionOf, virtualboxGate } from './gate.js';
import { placeFields, type Place } from './input.js';
import { parseLines, said } from './output.js';
import { ask, vagrant } from './vagrant.js';

/** Plugin of vagrant that brings a provider; VirtualBox comes with vagrant itself. */
const pluginOf = { libvirt: 'vagrant-libvirt', lxc: 'vagrant-lxc', virtualbox: null } as const;

/** What was found of vagrant and its provider. */
interface Found {
  readonly vagrant: string | null;
  readonly plugin: string | null;
  readonly provider: string | null;
  readonly faults: readonly string[];
}

/** Version of a plugin out of `vagrant plugin list --machine-readable`; null where it is not installed. */
export function pluginVersion(stdout: string, plugin: string): string | null {
  return said(parseLines(stdout), plugin, 'plugin-version')?.split(',')[0] ?? null;
}

/** Runs a tool that may not be there. */
async function present<T>(run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch (error) {
    if (isRunbookError(error) && error.code === 'tool-missing') return null;
    throw error;
  }
}

async function virtualbox(
  target: Target,
  ours: string,
): Promise<Pick<Found, 'provider' | 'faults'>> {
  const answer = await present(() =>
    target.run('VBoxManage', ['--version'], { exits: 'any', timeout: '30s' }),
  );
  if (answer === null) return { provider: null, faults: ['VirtualBox is not installed'] };
  // Where its kernel module is missing, a warning comes before the version.
  const version = plainText(answer.stdout)
    .split('\n')
    .findLast((line) => /^\d+\.\d+/.test(line));
  if (answer.exitCode !== 0 || version === undefined) {
    const why = excerpt(plainText(`${answer.stdout} ${answer.stderr}`).trim(), 100);
    return { provider: null, faults: [`VBoxManage does not tell its version: ${why}`] };
  }
  const refused = virtualboxGate(ours, version);
  const faults = answer.stdout.includes('WARNING')
    ? ['the kernel module of VirtualBox is not loaded']
    : [];
  return { provider: version, faults: [...faults, ...(refused === null ? [] : [refused])] };
}

async function find(target: Target, place: Place): Promise<Found> {
  const answer = await present(() => vagrant(target, place, ['--version']));
  if (answer === null) {
    return { vagrant: null, plugin: null, provider: null, faults: ['vagrant is not installed'] };
  }
  if (answer.exitCode !== 0) throw failureOf(target.name, '--version', answer);
  const ours = versionOf(answer.stdout)?.join('.') ?? null;
  if (ours === null) {
    const faults = [`vagrant does not tell its version: ${excerpt(plainText(answer.stdout), 80)}`];
    return { vagrant: null, plugin: null, provider: null, faults };
  }
  const old =
    compare(versionOf(ours) ?? [], [2, 3]) < 0 ? [`vagrant ${ours} is older than 2.3`] : [];
  if (place.provider === 'virtualbox') {
    const { provider, faults } = await virtualbox(target, ours);
    return { vagrant: ours, plugin: null, provider, faults: [...old, ...faults] };
  }
  const name = pluginOf[place.provider];
  const { stdout } = await ask(target, place, ['plugin', 'list']);
  const plugin = pluginVersion(stdout, name);
  const missing = plugin === null ? [`vagrant has no plugin ${name}`] : [];
  return { vagrant: ours, plugin, provider: null, faults: [...old, ...missing] };
}

/** Whether vagrant and a provider fit together. */
export const vagrantUsable = defineAction({
  name: 'vagrant.usable',
  summary: 'Holds when vagrant, its plugin and the provider are there and fit together.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({
    provider: placeFields.provider,
    home: placeFields.home,
  }),
  output: z.strictObject({
    vagrant: z.string().nullable().describe('Version of vagrant.'),
    plugin: z.string().nullable().describe('Version of the plugin of the provider.'),
    provider: z
      .string()
      .nullable()
      .describe('Version of VirtualBox; for libvirt see libvirt.usable.'),
  }),
  settle: { timeout: '30s', every: '2s' },
  async check({ target }, { provider, home }) {
    const { faults, ...output } = await find(target, { dir: '/', provider, home });
    const drift = faults.length === 0 ? null : excerpt(`${target.name}: ${faults.join('; ')}`, 256);
    return { before: null, drift, output };
  },
  examples: [
    { title: 'Vagrant with libvirt', input: {} },
    { title: 'VirtualBox, and not newer than vagrant knows', input: { provider: 'virtualbox' } },
  ],
  notes: `Each vagrant refuses every VirtualBox that is newer than it knows (\`ProviderNotUsable\`, exit 1), and a rolling
distribution brings one sooner than the other: 7.1 takes vagrant 2.4.2, 7.2 takes 2.4.9. Here that is found before a
machine is tried.

- The gate is a table by vagrant's changelog; a VirtualBox newer than the table is refused.
- VirtualBox has never been run by this project's tests: only its gate is proven, on versions as VBoxManage prints them.`,
});
