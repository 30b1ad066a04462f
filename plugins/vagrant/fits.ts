import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { domainState, isOff } from '../libvirt/domain.js';
import { parseNetwork } from '../libvirt/network.js';
import { isUnknown, virsh, failureOf as virshFailure } from '../libvirt/virsh.js';
import { overlaps } from '../linux/address.js';
import { parseInterfaces, type Interface } from '../linux/interface-table.js';
import { environmentSchema, type Environment } from './input.js';
import { domainOf, parseStatus, systemDaemon } from './machine/state.js';
import { ask } from './vagrant.js';

/** Memory that is available, and disk that is free at the nearest folder above $1 that is there; MiB, a word each. */
const script = `set -eu
at=$1
while [ ! -d "$at" ]; do at=\${at%/*}; at=\${at:-/}; done
while read -r key kib _; do [ "$key" != MemAvailable: ] || echo "memory $((kib / 1024))"; done < /proc/meminfo
df -P -m "$at" | { read -r _; read -r _ _ _ free _; echo "disk $free"; }
`;

/** Addresses of the networks that an environment will make: name → prefix. */
export function networksOf({ machines, managementNetwork }: Environment): Map<string, string> {
  const named = machines.flatMap(({ nics }) =>
    nics.map(({ network, address }) => [network, address] as const),
  );
  const own = managementNetwork ?? { name: 'vagrant-libvirt', cidr: '192.168.121.0/24' };
  return new Map([[own.name, own.cidr], ...named]);
}

/** Interfaces whose addresses lie in a network that is to be made, other than its own bridge. */
export function inTheWay(
  interfaces: readonly Interface[],
  cidr: string,
  bridge: string | null,
): string[] {
  return interfaces
    .filter(({ name }) => name !== bridge)
    .flatMap(({ name, addresses }) =>
      addresses
        .filter((address) => !address.includes(':') && overlaps(address, cidr))
        .map((address) => `${address} on ${name}`),
    );
}

async function numbers(target: Target, dir: string): Promise<Map<string, number>> {
  const { stdout } = await target.run('sh', ['-c', script, 'room', dir], {
    failure: 'check-failed',
  });
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [word = '', number] = line.split(' ');
        return [word, Number(number)] as const;
      }),
  );
}

async function bridgeOf(target: Target, network: string): Promise<string | null> {
  const { exitCode, stdout, stderr } = await virsh(target, systemDaemon, ['net-info', network]);
  if (exitCode === 0) return parseNetwork(stdout).bridge;
  if (isUnknown(stderr)) return null;
  throw virshFailure(target.name, `net-info ${network}`, stderr);
}

async function interfacesOf(target: Target): Promise<Interface[]> {
  const listed = await target.json('ip', ['-j', '-4', 'address', 'show'], {
    failure: 'check-failed',
  });
  try {
    return parseInterfaces(listed);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: ip did not list interfaces`, {
      cause: error,
    });
  }
}

/** True where there is a Vagrantfile, so that vagrant can be asked whose a domain is. */
async function written(target: Target, { dir }: Environment): Promise<boolean> {
  const args = ['-f', `${dir}/Vagrantfile`];
  return (await target.run('test', args, { exits: [0, 1] })).exitCode === 0;
}

/** True where vagrant has made this machine; where it knows no such one, it has not. */
function isKnown(listed: string, name: string): boolean {
  try {
    return parseStatus(listed, name, 'libvirt').power !== 'absent';
  } catch {
    return false;
  }
}

/** Room for the machines of an environment. */
export const vagrantFits = defineAction({
  name: 'vagrant.fits',
  summary: 'Holds when memory, disk, networks and names are free for the machines of libvirt.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: environmentSchema.extend({
    provider: z.literal('libvirt').default('libvirt').describe('Provider: libvirt alone.'),
    margin: z
      .int()
      .min(0)
      .max(65_536)
      .default(512)
      .describe('Memory in MiB that must be left for everything else.'),
    disk: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(2048)
      .describe('Disk in MiB that must be free for each machine that is not there yet.'),
  }),
  output: z.strictObject({
    memory: z.int().describe('Memory that is available, in MiB.'),
    disk: z.int().describe('Disk that is free, in MiB.'),
    faults: z.int().describe('Things that stand in the way.'),
  }),
  settle: { timeout: '30s', every: '2s' },
  async check({ target }, input) {
    const free = await numbers(target, input.dir);
    const memory = free.get('memory') ?? 0;
    const disk = free.get('disk') ?? 0;
    const faults: string[] = [];
    let needed = input.margin;
    let wanted = 0;
    const own = await written(target, input);
    const listed = own ? (await ask(target, input, ['status'])).stdout : '';
    for (const machine of input.machines) {
      const domain = domainOf(input.dir, machine.name, input.prefix);
      const { power } = await domainState(target, systemDaemon, domain);
      if (isOff(power)) needed += machine.memory;
      if (power === 'absent') wanted += input.disk;
      else if (!isKnown(listed, machine.name))
        faults.push(`the domain ${domain} is not this folder's`);
    }
    if (memory < needed) faults.push(`${memory} MiB of memory are available, ${needed} are needed`);
    if (disk < wanted) faults.push(`${disk} MiB of disk are free, ${wanted} are needed`);
    const interfaces = await interfacesOf(target);
    for (const [network, cidr] of networksOf(input)) {
      const others = inTheWay(interfaces, cidr, await bridgeOf(target, network));
      if (others.length > 0) faults.push(`${network} (${cidr}) meets ${others.join(', ')}`);
    }
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(`${target.name}: ${faults.join('; ')}`, 256),
      output: { memory, disk, faults: faults.length },
    };
  },
  examples: [
    {
      title: 'Room for a router',
      input: {
        dir: '/srv/lab',
        box: 'debian/bookworm64',
        machines: [{ name: 'router', nics: [{ network: 'lab10', address: '192.168.10.200/24' }] }],
      },
    },
  ],
  notes: `A guard before vagrant.environment and vagrant.machine, with the same input.

- A machine that runs already needs no more memory, and one that is there no more disk.
- A network is in the way where another interface than its own bridge has an address in it.
- A domain of the name of a machine that vagrant does not know in this folder is somebody else's.`,
});
