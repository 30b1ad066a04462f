import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { remainders, remaindersVia, type Remainder } from './routes/absent.js';
import { parseRestartTimer } from './routes/bgp.js';
import { address4, prefix } from './routes/prefix.js';
import { readPrefixes, readTables } from './routes/read.js';

const inputSchema = z
  .strictObject({
    via: address4.optional().describe('Next hop over which no route may lead any more.'),
    prefixes: z
      .array(prefix)
      .max(128)
      .optional()
      .describe('Prefixes that must be gone; with `via` only their routes over that next hop.'),
  })
  .refine(
    ({ via, prefixes }) => via !== undefined || prefixes !== undefined,
    'write via, prefixes or both',
  );

async function find(
  target: Target,
  via: string | undefined,
  prefixes: readonly string[] | undefined,
): Promise<Remainder[]> {
  if (prefixes !== undefined) {
    const routes = await readPrefixes(target, [...new Set(prefixes)]);
    return via === undefined ? remainders(routes) : remaindersVia(routes, via, null);
  }
  if (via === undefined) return [];
  const routes = await readTables(target, [`show bgp neighbors ${via} json`]);
  return remaindersVia(routes, via, parseRestartTimer(routes.answers[0]));
}

/** Routes that are gone for good: from BGP, from zebra, and from the kernel of the router. */
export const frrRoutesAbsent = defineAction({
  name: 'frr.routes-absent',
  summary: 'Holds when the router sends nothing over a next hop, or to prefixes, any more.',
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    remaining: z.int().describe('Prefixes that are still routed.'),
  }),
  settle: { timeout: '4m', every: '500ms' },
  async check({ target }, { via, prefixes }) {
    const left = await find(target, via, prefixes);
    const text = left.map((one) => one.text).join('; ');
    return {
      before: null,
      drift: left.length === 0 ? null : excerpt(`${target.name} still has ${text}`, 256),
      output: { remaining: left.length },
    };
  },
  examples: [
    { title: 'The router no longer uses a node', input: { via: '192.168.20.100' } },
    {
      title: 'A service address is gone',
      input: { prefixes: ['172.16.1.1/32'] },
    },
    {
      title: 'One pod network is no longer reached over its node',
      input: { via: '192.168.20.100', prefixes: ['172.20.1.0/24'] },
    },
  ],
  notes: `The state of the session says nothing of the traffic. A node that is unselected by Cilium 1.18 sends
Cease/Hard Reset, and FRR drops its routes at once; an agent that was killed leaves them \`stale\`, in
the kernel too, for the graceful-restart time (15 s in the lab, 120 s by default); a machine that
crashed for hold time and restart time together. \`clear bgp\` does not remove stale routes.

So this asks bgpd (every path, stale or not), zebra and the kernel's main table; routes that are set
by hand or by another protocol over the same next hop count as well.

- With \`via\` alone whole tables are read: on a router with a table of the Internet name the
  prefixes as well.
- \`via\` is an IPv4 address: of an IPv6 next hop the kernel only knows the link-local address.
- A bgpd that does not answer leaves the question open: it is asked again, and never taken for an
  answer.`,
});
