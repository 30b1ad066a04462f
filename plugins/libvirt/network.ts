import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { connection, networkName } from './input.js';
import { ask, bring, failureOf, isUnknown, virsh } from './virsh.js';

const inputSchema = z.strictObject({
  name: networkName.default('default').describe('Network of libvirt; `default` unless told.'),
  active: z.boolean().default(true).describe('Whether it must be up.'),
  autostart: z.boolean().default(true).describe('Whether it must come up with libvirt.'),
  uri: connection,
});
type Input = z.output<typeof inputSchema>;

/** A network as libvirt knows it. */
export type NetworkState = {
  readonly active: boolean;
  readonly autostart: boolean;
  readonly persistent: boolean;
  readonly bridge: string | null;
};

/**
 * Parses `virsh net-info`: a key, a colon and a value a line.
 * @throws TypeError where a key is missing.
 */
export function parseNetwork(stdout: string): NetworkState {
  const facts = new Map(
    stdout.split('\n').flatMap((line) => {
      const [, key, value] = /^([A-Za-z]+):\s+(\S+)$/.exec(line.trim()) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
  const yes = (key: string): boolean => {
    const value = facts.get(key);
    if (value !== 'yes' && value !== 'no') throw new TypeError(`net-info does not tell ${key}`);
    return value === 'yes';
  };
  return {
    active: yes('Active'),
    autostart: yes('Autostart'),
    persistent: yes('Persistent'),
    bridge: facts.get('Bridge') ?? null,
  };
}

async function look(target: Target, { uri, name }: Input): Promise<NetworkState> {
  const { exitCode, stdout, stderr } = await virsh(target, uri, ['net-info', name]);
  if (exitCode !== 0) {
    if (!isUnknown(stderr)) throw failureOf(target.name, `net-info ${name}`, stderr);
    throw new PermanentError('refused', `${target.name}: libvirt has no network ${name}`, {
      hint: 'virsh net-list --all tells the names; the package of libvirt brings /usr/share/libvirt/networks/default.xml.',
    });
  }
  try {
    return parseNetwork(stdout);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: virsh net-info ${name} is no answer`, {
      cause: error,
    });
  }
}

async function bringTo(
  target: Target,
  { uri, name }: Input,
  wanted: { readonly active: boolean; readonly autostart: boolean },
  found: NetworkState,
): Promise<void> {
  if (found.autostart !== wanted.autostart) {
    const off = wanted.autostart ? [] : ['--disable'];
    await ask(target, uri, ['net-autostart', name, ...off]);
  }
  if (found.active !== wanted.active) {
    await bring(target, uri, [wanted.active ? 'net-start' : 'net-destroy', name]);
  }
}

/** Has a network of libvirt up, now and whenever libvirt starts. */
export const libvirtNetwork = defineAction({
  name: 'libvirt.network',
  summary: 'Brings a network of libvirt up or down, and says whether it comes up with libvirt.',
  impact: 'disrupt',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    active: z.boolean().describe('Whether it is up.'),
    autostart: z.boolean().describe('Whether it comes up with libvirt.'),
    bridge: z.string().nullable().describe('Bridge on the host.'),
  }),
  settle: { timeout: '30s', every: '1s' },
  resource: ({ name }) => `network/${name}`,
  async check({ target }, input) {
    const found = await look(target, input);
    const { name, active, autostart } = input;
    const differs = [
      ...(found.active === active ? [] : [active ? 'is down' : 'is up']),
      ...(found.autostart === autostart
        ? []
        : [autostart ? 'does not come up by itself' : 'comes up by itself']),
    ];
    if (autostart && !found.persistent) {
      throw new PermanentError('refused', `${target.name}: the network ${name} is transient`, {
        hint: `virsh net-dumpxml ${name}, then virsh net-define makes it persistent.`,
      });
    }
    return {
      before: { active: found.active, autostart: found.autostart },
      drift: differs.length === 0 ? null : `the network ${name} ${differs.join(' and ')}`,
      output: { active: found.active, autostart: found.autostart, bridge: found.bridge },
    };
  },
  async apply({ target }, input) {
    await bringTo(target, input, input, await look(target, input));
  },
  async undo({ target }, input, before) {
    await bringTo(target, input, before, await look(target, input));
  },
  examples: [{ title: 'The network that machines get their address from', input: {} }],
  notes: `A second \`virsh net-start\` fails with "already running": here the check comes first.

- Taking a network down cuts off the machines on it. Undo does so only where it was down before.
- It needs dnsmasq on the host (Debian: dnsmasq-base).`,
});
