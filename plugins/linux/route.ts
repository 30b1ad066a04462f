import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { sameJson } from '../../core/json.js';
import { canonicalDestination, isDestination, isInside } from './address.js';
import { interfaceName } from './input.js';
import {
  familyOf,
  find,
  fits,
  marks,
  metricOf,
  ourProtocol,
  strays,
  wantedArgs,
} from './route-place.js';
import { describeRoute, routeArgs } from './route-table.js';

const address = z
  .string()
  .refine((text) => isIP(text) !== 0 && !text.includes('%'), 'write an IP address');

const inputSchema = z
  .strictObject({
    to: z
      .string()
      .refine(isDestination, 'write default, or a prefix such as 172.20.0.0/16 without host bits')
      .describe('Destination: `default`, an address, or a prefix.'),
    via: address.optional().describe('Gateway, of the same family.'),
    dev: interfaceName.optional().describe('Interface.'),
    table: z
      .int()
      .min(1)
      .max(4_294_967_295)
      .default(254)
      .describe('Number of the routing table; 254 is main.'),
    metric: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .optional()
      .describe('Metric; 0 for IPv4 and 1024 for IPv6 unless told.'),
    addresses: z
      .array(address)
      .max(32)
      .optional()
      .describe('Addresses inside the destination whose packets must really take this route.'),
  })
  .refine(({ via, dev }) => via !== undefined || dev !== undefined, 'write via, dev or both')
  .refine(
    ({ to, via }) => via === undefined || to === 'default' || isIPv6(via) === to.includes(':'),
    'to and via are of different families',
  )
  .refine(
    ({ to, via, addresses = [] }) =>
      addresses.every(
        (one) => isInside(one, to) && isIPv6(one) === (to.includes(':') || isIPv6(via ?? '')),
      ),
    'the addresses must lie inside the destination',
  );

/** Puts one route into the kernel's table. */
export const linuxRoute = defineAction({
  name: 'linux.route',
  summary: "Puts a route into the kernel's table, and asks the kernel whether packets take it.",
  impact: 'disrupt',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    via: z.string().nullable().describe('Gateway of the route found.'),
    dev: z.string().nullable().describe('Interface of the route found.'),
    protocol: z.string().nullable().describe('Number of the protocol that made the route found.'),
  }),
  settle: { timeout: '10s', every: '500ms' },
  resource: (input) =>
    `route/${input.table}/${canonicalDestination(input.to)}/${familyOf(input).slice(1)}/${metricOf(input)}`,
  async check({ target }, input) {
    const route = await find(target, input);
    const [hop] = route?.hops ?? [];
    const wanted = [input.via && `via ${input.via}`, input.dev && `dev ${input.dev}`]
      .filter((part) => part !== undefined)
      .join(' ');
    let drift: string | null;
    if (route === null) drift = `no route to ${input.to} (wanted: ${wanted})`;
    else if (!fits(route, input))
      drift = `${input.to} goes ${describeRoute(route)} (wanted: ${wanted})`;
    else drift = (await strays(target, input)).join('; ') || null;
    return {
      before: { route },
      drift: drift === null ? null : excerpt(drift, 256),
      output: {
        via: hop?.gateway ?? null,
        dev: hop?.dev ?? null,
        protocol: route?.protocol ?? null,
      },
    };
  },
  async apply({ target }, input) {
    const route = await find(target, input);
    if (route !== null && fits(route, input)) return;
    const args = [familyOf(input), 'route', 'replace', ...wantedArgs(input)];
    await target.run('ip', args, { sudo: true, failure: 'action-failed' });
  },
  async undo({ target }, input, before) {
    const { to, table } = input;
    const now = await find(target, input);
    if (sameJson(now, before.route)) return;
    if (now !== null && now.protocol !== ourProtocol) {
      throw new RunbookError(
        'undo-failed',
        `${target.name}: the route to ${to} (${describeRoute(now)}) is no longer ours but of protocol ${now.protocol}`,
        { hint: 'See who made it; remove it or put the former one back by hand, then confirm.' },
      );
    }
    const family = familyOf(input);
    const args =
      before.route === null
        ? ['del', to, ...marks(input), 'metric', String(metricOf(input))]
        : ['replace', ...routeArgs(before.route, table)];
    await target.run('ip', [family, 'route', ...args], { sudo: true, failure: 'undo-failed' });
  },
  examples: [
    {
      title: 'Pod networks by way of the router, proven for one address of each node',
      input: {
        to: '172.20.0.0/16',
        via: '192.168.10.200',
        addresses: ['172.20.1.1', '172.20.2.1'],
      },
    },
    {
      title: 'A default route of the management network, in a table of its own',
      input: { to: 'default', via: '10.0.2.2', dev: 'eth0', table: 100 },
    },
    {
      title: 'A spare way with a worse metric',
      input: { to: 'fd00:20::/32', via: 'fd00:10::200', metric: 2048 },
    },
  ],
  notes: `\`ip route replace\` with a protocol number of our own (200), so that undo restores exactly the
route found, or deletes only ours. A route that already goes the right way is left as it is, whoever made it.

- It does not survive a restart of the machine: what \`ip\` sets by hand is gone then.
  \`linux.boot-route\` keeps it for the next.
- The same place in a table is: destination and metric. A route there that a routing daemon or the
  kernel made, or that could not be put back exactly (next hop objects, encapsulation), is not
  replaced. IPv6 without metric means metric 1024.
- Being in the table is not being used: \`ip route get\` is asked for each of \`addresses\`, and for the
  first address of the destination where none are given (there a more specific route is no fault).
- A wide prefix hides a missing BGP route: prefer routes per network, or name \`addresses\`.
- systemd-networkd drops foreign routes when it restarts unless \`ManageForeignRoutes=no\`.
- Multipath routes are read and put back, but not made.`,
});
