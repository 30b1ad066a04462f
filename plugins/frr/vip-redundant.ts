import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { address4, isHostPrefix, prefix } from './routes/prefix.js';
import { readPrefixes, readTables } from './routes/read.js';
import { lonely } from './routes/redundant.js';

const inputSchema = z.strictObject({
  via: address4.describe('Next hop that is about to leave: the BGP address of a node.'),
  prefixes: z
    .array(prefix)
    .max(128)
    .optional()
    .describe('Service addresses to look at, which must be routed; every /32 in BGP unless told.'),
});

/** The guard before a node leaves: every service address has another way. */
export const frrVipRedundant = defineAction({
  name: 'frr.vip-redundant',
  summary: 'Holds when no service address would lose its last next hop with this one.',
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    vips: z.int().describe('Service addresses looked at.'),
    lonely: z
      .array(z.string())
      .describe('Those whose last next hop this is, or that are not routed; at most 16.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  async check({ target }, { via, prefixes }) {
    const routes = await (prefixes === undefined
      ? readTables(target)
      : readPrefixes(target, [...new Set(prefixes)]));
    const vips = [...routes.bgp.keys()].filter(
      (one) => prefixes !== undefined || isHostPrefix(one),
    );
    const found = vips
      .map((one) => ({ prefix: one, why: lonely(routes, one, via, prefixes !== undefined) }))
      .filter(({ why }) => why !== null);
    const text = found.map(({ why }) => why).join('; ');
    return {
      before: null,
      drift: found.length === 0 ? null : excerpt(`${target.name}: ${text}`, 256),
      output: { vips: vips.length, lonely: found.slice(0, 16).map((one) => one.prefix) },
    };
  },
  examples: [
    { title: 'Every service address has a second node', input: { via: '192.168.20.100' } },
    {
      title: 'One service address, which must be routed now',
      input: { via: '192.168.20.100', prefixes: ['172.16.1.1'] },
    },
  ],
  notes: `Looks at the kernel's table, since packets follow nothing else, and leaves out next hops that bgpd
keeps only as \`stale\`: their node may be dead already.

A service with \`externalTrafficPolicy: Local\` is announced by the nodes that run one of its pods; with
\`Cluster\` by every selected node, pods or not, so that a second next hop does not prove a second pod.
\`cilium.backends-elsewhere\` asks for that.`,
});
