import { isIP, isIPv6 } from 'node:net';
import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { isDestination, overlaps } from './address.js';
import { parseRoutes } from './route-table.js';

const prefix = z
  .string()
  .refine(
    (text) => text !== 'default' && isDestination(text),
    'write a prefix such as 10.0.0.0/16',
  );

const inputSchema = z
  .strictObject({
    to: prefix.describe('Destination of the route.'),
    via: z
      .string()
      .refine((text) => isIP(text) !== 0 && !text.includes('%'), 'write an IP address')
      .describe('Its gateway.'),
    apart: z
      .array(prefix)
      .max(64)
      .default([])
      .describe('Networks that the destination must not touch: those of nodes and services.'),
  })
  .refine(
    ({ to, via }) => isIPv6(via) === to.includes(':'),
    'to and via are of different families',
  );

/** Why the gateway is not on the link, or null. */
async function offLink(target: Target, via: string): Promise<string | null> {
  const family = isIPv6(via) ? '-6' : '-4';
  const args = [family, '-N', '-d', '-j', 'route', 'get', via];
  const { exitCode, stdout, stderr } = await target.run('ip', args, {
    exits: [0, 2],
    failure: 'check-failed',
  });
  if (exitCode === 2) return `there is no way to ${via}: ${excerpt(plainText(stderr), 80)}`;
  const [hop] = parsed(target, stdout)[0]?.hops ?? [];
  if (hop === undefined) return `there is no way to ${via}`;
  if (hop.dev === 'lo') return `${via} is an address of the machine itself`;
  return hop.gateway === null ? null : `${via} is not on the link: it is behind ${hop.gateway}`;
}

function parsed(target: Target, stdout: string) {
  try {
    return parseRoutes(stdout);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: ip did not print a list of routes`, {
      cause: error,
    });
  }
}

/** A route before it is made. */
export const linuxRouteFits = defineAction({
  name: 'linux.route-fits',
  summary:
    'Holds when a route, before it is made, has its gateway on the link and swallows nothing.',
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    faults: z.int().describe('Things that speak against the route.'),
  }),
  async check({ target }, { to, via, apart }) {
    const off = await offLink(target, via);
    const swallowed = [via, ...apart].filter((one) => overlaps(one, to));
    const faults = [
      ...(off === null ? [] : [off]),
      ...swallowed.map((one) =>
        one === via ? `${to} holds its own gateway` : `${to} touches ${one}`,
      ),
    ];
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(`${target.name}: ${faults.join('; ')}`, 256),
      output: { faults: faults.length },
    };
  },
  examples: [
    {
      title: 'Pod networks by way of the router',
      input: {
        to: '172.20.0.0/16',
        via: '192.168.10.200',
        apart: ['192.168.10.0/24', '192.168.20.0/24', '10.96.0.0/16'],
      },
    },
  ],
  notes: `A guard before \`linux.route\` and \`linux.boot-route\`. The kernel refuses some gateways that it cannot
reach, but takes a prefix that swallows the network of the nodes or of the services, and with it the way to
the machine.

- On the link: \`ip route get <via>\` goes out directly, over an interface that is not \`lo\`.
- A prefix inside of another, either way round, touches it.`,
});
