import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { limitOf, parseLimits, parseSharing, unequal, type Sharing } from './bgp/multipath.js';
import { routerOf } from './config/router.js';
import { address, familyOf, prefix } from './routes/prefix.js';
import { ask } from './vtysh.js';

async function readSharing(target: Target): Promise<Sharing> {
  const [summary] = await ask(target, ['show bgp summary json']);
  try {
    return parseSharing(summary);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: the BGP summary cannot be read`, {
      cause: error,
    });
  }
}

/** Whether a router can send to a prefix over so many next hops. */
export const frrMultipathFits = defineAction({
  name: 'frr.multipath-fits',
  summary: 'Holds when the router may share the load of prefixes among all of these next hops.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({
    prefixes: z
      .array(prefix)
      .min(1)
      .max(128)
      .describe('Prefixes that are to be routed; they need not be there yet.'),
    via: z
      .union([address, z.array(address).min(1).max(256)])
      .describe('Next hop, or next hops, that each of them is to have.'),
  }),
  output: z.strictObject({
    nextHops: z.int().describe('Next hops that each prefix is to have.'),
    maximum: z
      .int()
      .nullable()
      .describe('Most that the configuration allows; null where it sets no limit.'),
  }),
  async check({ target, run }, { prefixes, via }) {
    const hops = [...new Set([via].flat())];
    const sharing = await readSharing(target);
    const running = await routerOf(target, run.id, []).running();
    const families = [...new Set(prefixes.map(familyOf))].map((family) => ({
      family,
      maximum: limitOf(parseLimits(running, family), sharing, hops),
    }));
    const lacks = families.flatMap(({ family, maximum }) =>
      maximum === null || hops.length <= maximum
        ? []
        : [
            `maximum-paths is ${maximum} in ${family} unicast, and ${hops.length} next hops are due`,
          ],
    );
    const apart = unequal(sharing, hops);
    if (apart !== null) lacks.push(apart);
    const limits = families.map(({ maximum }) => maximum).filter((one) => one !== null);
    return {
      before: null,
      drift: lacks.length === 0 ? null : excerpt(`${target.name}: ${lacks.join('; ')}`, 256),
      output: { nextHops: hops.length, maximum: limits.length === 0 ? null : Math.min(...limits) },
    };
  },
  examples: [
    {
      title: 'Three nodes are to share the calls of a service address',
      input: {
        prefixes: ['172.16.2.1'],
        via: ['192.168.10.100', '192.168.10.101', '192.168.20.100'],
      },
    },
  ],
  notes: `A guard before an address is announced. A path too many is no error to FRR: it has it in its table, and
leaves it out of the kernel, so that the node announces the address and gets no call.

- Limits are those of the family in the default instance: \`maximum-paths\` for neighbours of other
  systems, \`maximum-paths ibgp\` for those of the same. Which one counts is told by the session of the
  next hop, or by all sessions where no next hop is a neighbour.
- Where the configuration has no such line, the limit is the one that bgpd was built or started with
  (\`--enable-multipath\`, \`-e\`; 256 with Debian): no command tells it, and the condition holds.
- Paths of neighbours in different systems share the load with \`bgp bestpath as-path multipath-relax\`
  alone.
- The limits are read from the running configuration, which is kept out of the log. Wait with
  \`frr.routes-present\` and \`minNextHops\` afterwards: that reads the kernel.`,
});
