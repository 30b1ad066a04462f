import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt, fitting } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { canonicalAddress } from './address.js';
import { parseInterfaces, type Interface } from './interface-table.js';

const bytes = 16 * 1024 * 1024;

async function interfacesOf(target: Target): Promise<Interface[]> {
  const answer = await target.json('ip', ['-j', 'address', 'show'], {
    timeout: '15s',
    capture: bytes,
    failure: 'check-failed',
  });
  try {
    return parseInterfaces(answer);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: its interfaces cannot be read`, {
      cause: error,
    });
  }
}

/** Addresses of a host. */
export const linuxAddresses = defineAction({
  name: 'linux.addresses',
  summary: 'Tells the interfaces of a host with their global addresses.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({
    has: z
      .array(z.union([z.ipv4(), z.ipv6()], 'write an IP address').transform(canonicalAddress))
      .max(64)
      .default([])
      .describe('Addresses that the host must have, on an interface that is up.'),
  }),
  output: z.strictObject({
    interfaces: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the interface.'),
          up: z.boolean().describe('Whether it is switched on.'),
          addresses: z.array(z.string()).describe('Global addresses, with their length.'),
        }),
      )
      .describe('Interfaces that have a global address; as many as fit.'),
    more: z.int().describe('Interfaces that are left out.'),
  }),
  async check({ target }, { has }) {
    const all = (await interfacesOf(target)).filter(({ addresses }) => addresses.length > 0);
    const live = all.filter(({ up }) => up).flatMap(({ addresses }) => addresses);
    const absent = has.filter((one) => !live.some((found) => found.split('/')[0] === one));
    const { kept, more } = fitting(
      all.map((one) => ({ ...one, addresses: [...one.addresses] })),
      900,
    );
    const drift = `${target.name} does not have ${absent.join(', ')}`;
    return {
      before: null,
      drift: absent.length === 0 ? null : excerpt(drift, 256),
      output: { interfaces: kept, more },
    };
  },
  examples: [
    { title: 'Which addresses', input: {} },
    {
      title: 'The router has both of its loopbacks',
      input: { has: ['10.10.1.200', '10.10.2.200'] },
    },
  ],
  notes: `Reads \`ip -j address show\`. Interfaces without a global address (the pod ends of Cilium, bare bridges)
are left out, and so are link-local addresses and those of the loopback.`,
});
