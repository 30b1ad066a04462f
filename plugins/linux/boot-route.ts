import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { sameJson } from '../../core/json.js';
import { canonicalDestination, isDestination } from './address.js';
import { fileOf } from './boot-route/file.js';
import { keeperOf, keepers } from './boot-route/keeper.js';
import { bring, putBack } from './files/bring.js';
import { look } from './files/look.js';
import { differences } from './files/wanted.js';
import { interfaceName } from './input.js';

const inputSchema = z
  .strictObject({
    to: z
      .string()
      .refine(isDestination, 'write default, or a prefix such as 172.20.0.0/16 without host bits')
      .describe('Destination: `default`, an address, or a prefix.'),
    via: z
      .string()
      .refine((text) => isIP(text) !== 0 && !text.includes('%'), 'write an IP address')
      .describe('Gateway, of the same family.'),
    dev: interfaceName
      .regex(/^[A-Za-z0-9._-]+$/, 'a name of letters, digits, . _ and -')
      .optional()
      .describe('Interface; the one towards the gateway unless told.'),
    metric: z.int().min(0).max(4_294_967_295).optional().describe('Metric.'),
  })
  .refine(
    ({ to, via }) => to === 'default' || isIPv6(via) === to.includes(':'),
    'to and via are of different families',
  );

/** Keeps one route for every boot. */
export const linuxBootRoute = defineAction({
  name: 'linux.boot-route',
  summary: 'Keeps a route for every boot, in netplan, systemd-networkd or ifupdown.',
  impact: 'change',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    keeper: z.enum(keepers).describe('Who makes the route at boot.'),
    path: z.string().describe('File that tells it so.'),
  }),
  settle: { timeout: '5s', every: '500ms' },
  resource: ({ to, metric }) =>
    `boot-route/${canonicalDestination(to)}${metric === undefined ? '' : `/${metric}`}`,
  async check({ target }, { dev = '', ...route }) {
    const keeper = await keeperOf(target, route.via, dev);
    const { path, wanted } = fileOf(route, keeper);
    const file = await look(target, path, { sudo: true });
    const missing = file.state.kind === 'absent';
    const differs = differences(wanted, file);
    const drift = missing ? `${route.to} is not routed after a restart (${keeper.kind})` : differs;
    return {
      before: { path, file: file.state },
      drift: drift === null ? null : excerpt(drift, 256),
      output: { keeper: keeper.kind, path },
    };
  },
  async apply(ctx, { dev = '', ...route }, before) {
    const { path, wanted } = fileOf(route, await keeperOf(ctx.target, route.via, dev));
    await bring(ctx, path, wanted, before.file, { sudo: true, parents: true });
  },
  async undo(ctx, _input, before) {
    await putBack(ctx, before.path, before.file, { sudo: true });
  },
  restored(before, found) {
    return sameJson(before, found) ? null : `${before.path} is not as it was`;
  },
  examples: [
    {
      title: 'Pod networks by way of the router, after every boot',
      input: { to: '172.20.0.0/16', via: '192.168.10.200' },
    },
    {
      title: 'A spare way on one interface',
      input: { to: 'fd00:20::/32', via: 'fd00:10::200', dev: 'eth1', metric: 2048 },
    },
  ],
  notes: `Writes a file of its own (\`90-runbook-route-<destination>\`) for whoever brings the interface up at
boot, and nothing else: the route itself, now, is made by \`linux.route\`.

- **netplan** where it knows the interface: \`/etc/netplan/90-….yaml\` (0600). \`netplan apply\` is not run: it
  restarts systemd-networkd, which by default drops the routes and rules of others, Cilium's and FRR's
  among them, unless \`ManageForeignRoutes=no\` and \`ManageForeignRoutingPolicyRules=no\`.
- **systemd-networkd** else, where it has the interface: a drop-in beside its .network file.
- **ifupdown** else, where networking.service is enabled: a hook in \`/etc/network/if-up.d\` that runs when
  the interface is up, and once more when all are.
- Anything else is refused: a file that nobody reads would only look like a route.
- Nothing is appended to files of others, and writing it twice is writing it once. Undo removes the file,
  or puts back the one found under that name.
- Two routes to one destination with different metrics have files of their own; another gateway is
  another content.`,
});
