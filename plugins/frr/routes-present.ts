import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { address, prefix } from './routes/prefix.js';
import { missing } from './routes/present.js';
import { readPrefixes } from './routes/read.js';

const fields = z.strictObject({
  prefixes: z
    .array(prefix)
    .max(128)
    .describe('Prefixes that must be routed; an address stands for a prefix of its own.'),
  via: z
    .union([address, z.array(address).min(1).max(32)])
    .optional()
    .describe('Next hop, or next hops, that each of them must have; others may be there too.'),
  only: z
    .boolean()
    .default(false)
    .describe('Whether the kernel may have no other next hops than those of `via`.'),
  minNextHops: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Next hops that each of them must have at least in the router's kernel."),
});

const inputSchema = fields.refine(({ via, only }) => !only || via !== undefined, {
  path: ['only'],
  message: 'needs via: the next hops that are allowed',
});

/** Routes of BGP that carry traffic: chosen, fresh, and in the kernel of the router. */
export const frrRoutesPresent = defineAction({
  name: 'frr.routes-present',
  summary: "Holds when prefixes learned by BGP are in the router's kernel table, and not stale.",
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    present: z.int().describe('Prefixes that are routed as wanted.'),
    missing: z.int().describe('Prefixes that are not.'),
  }),
  settle: { timeout: '4m', every: '500ms' },
  async check({ target }, { prefixes, via = [], only, minNextHops }) {
    const hops = [via].flat();
    const all = [...new Set(prefixes)];
    const routes = await readPrefixes(target, all);
    const lacks = all
      .map((one) => missing(routes, one, hops, minNextHops, only))
      .filter((why) => why !== null);
    return {
      before: null,
      drift: lacks.length === 0 ? null : excerpt(`${target.name}: ${lacks.join('; ')}`, 256),
      output: { present: all.length - lacks.length, missing: lacks.length },
    };
  },
  examples: [
    {
      title: "The node's pod network and the service address are back on the router",
      input: { prefixes: ['172.20.2.0/24', '172.16.1.1'], via: '192.168.20.100' },
    },
    {
      title: 'Three nodes share the load of a service address',
      input: { prefixes: ['172.16.1.1/32'], minNextHops: 3 },
    },
    {
      title:
        'A service with a local traffic policy is announced by the two nodes of its pods alone',
      input: {
        prefixes: ['172.16.1.1/32'],
        via: ['192.168.10.101', '192.168.20.100'],
        only: true,
      },
    },
    {
      title: 'The routes that a node announced before it was taken out of service',
      input: { prefixes: ['172.20.1.0/24'], via: ['192.168.20.100'] },
    },
  ],
  notes: `A session that is Established proves nothing: the route must pass bgpd (best path, or one that
shares the load), zebra (installed) and arrive in the kernel's main table. Each is asked.

- A path that is only kept because its peer seems to restart (graceful restart, \`stale\`) does not
  count: nobody knows whether its node is alive.
- FRR may call a path \`multipath\` and yet leave it out of the kernel: seen with 8.4 where a next hop
  behind another route and directly connected ones share a prefix. So next hops are counted in the
  kernel.
- A next hop that is not a neighbour of the router is followed to the gateway that resolves it.
- With no prefixes the condition holds.
- Peers come back within \`connectRetryTimeSeconds\` of Cilium (120 s by default, with jitter up to
  twice that) unless the router connects first: hence the long time to settle.`,
});
