import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { isObject } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { interfaceName } from './input.js';

const mostBytes = 16 * 1024 * 1024;

/**
 * Reads `ip -j link show`: the largest packet of each interface.
 * @throws TypeError when it is something else.
 */
export function parseMtus(answer: unknown): ReadonlyMap<string, number> {
  if (!Array.isArray(answer)) throw new TypeError('not a list of interfaces');
  return new Map(
    answer.filter(isObject).map(({ ifname, mtu }) => {
      if (typeof ifname !== 'string' || typeof mtu !== 'number') throw new TypeError('no MTU');
      return [ifname, mtu];
    }),
  );
}

async function mtusOf(target: Target): Promise<ReadonlyMap<string, number>> {
  const answer = await target.json('ip', ['-j', 'link', 'show'], {
    timeout: '15s',
    capture: mostBytes,
    failure: 'check-failed',
  });
  try {
    return parseMtus(answer);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: its interfaces cannot be read`, {
      cause: error,
    });
  }
}

/** Room for the headers of an encapsulation. */
export const linuxMtuHeadroom = defineAction({
  name: 'linux.mtu-headroom',
  summary: 'Holds when an interface carries larger packets than others do, by so many bytes.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({
    device: interfaceName.describe('Interface that is to carry encapsulated packets.'),
    over: interfaceName
      .default('lxc')
      .describe('Beginning of the names of the interfaces whose packets are encapsulated.'),
    bytes: z
      .int()
      .min(0)
      .max(1000)
      .describe('What the encapsulation adds: 50 for Geneve and VXLAN over IPv4.'),
  }),
  output: z.strictObject({
    mtu: z.int().nullable().describe('Largest packet of the device; null where there is none.'),
    largest: z
      .int()
      .nullable()
      .describe('Largest packet of the others; null where there are none.'),
  }),
  settle: { timeout: '1s', every: '1s' },
  async check({ target }, { device, over, bytes }) {
    const mtus = await mtusOf(target);
    const mtu = mtus.get(device) ?? null;
    const others = [...mtus].filter(([name]) => name.startsWith(over) && name !== device);
    const largest = others.length === 0 ? null : Math.max(...others.map(([, size]) => size));
    let drift: string | null = null;
    if (mtu === null) drift = `${target.name} has no interface ${device}`;
    else if (largest !== null && mtu < largest + bytes) {
      const rest = mtu - largest;
      drift = `${target.name}: ${device} carries ${mtu} bytes, ${over}* ${largest}: ${rest} to spare, ${bytes} needed`;
    }
    return {
      before: null,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { mtu, largest },
    };
  },
  examples: [
    {
      title: 'Packets of pods fit through Geneve',
      input: { device: 'eth1', bytes: 50 },
    },
    {
      title: 'And through WireGuard',
      input: { device: 'eth0', over: 'veth', bytes: 80 },
    },
  ],
  notes: `Reads \`ip -j link show\`. Without interfaces of such a name it holds: nothing is encapsulated.

- The interface of a pod keeps its size where Cilium only lowers the MTU of the pod's route: what is
  told here is the worst case.
- A large packet that does not fit is dropped or split up on the way; small calls still work, which is
  why nobody notices at once.`,
});
