import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { formatDuration } from '../../core/duration.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { parseListenRanges, parseSummary, type Peer } from './bgp/peers.js';
import { canonicalAddress, isInside } from './routes/prefix.js';
import { ask } from './vtysh.js';

const peerName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,45}$/, 'write an address, or the interface of the session')
  .transform(canonicalAddress);

const inputSchema = z.strictObject({
  peers: z
    .union([z.literal('all'), z.array(peerName).min(1).max(128)])
    .default('all')
    .describe(
      'Neighbours whose session must be up, by address (or interface); `all`: every one that is configured and not shut down.',
    ),
  minUptime: duration()
    .optional()
    .describe('Time that each session must have been up: longer than the hold time proves it.'),
});

function missing(peer: Peer, minUptime: number): string | null {
  const { address, state, shutDown, sinceMs, restarting } = peer;
  if (shutDown) return `${address} is shut down`;
  if (state !== 'Established') return `${address} is ${state}${restarting ? ', restarting' : ''}`;
  return sinceMs < minUptime ? `${address} is up for ${formatDuration(sinceMs)} only` : null;
}

/** @throws PermanentError `not-found` where the router knows no such neighbours, and expects none like them. */
async function mustBeExpected(target: Target, unknown: readonly string[]): Promise<void> {
  const [groups] = await ask(target, ['show bgp peer-group json']);
  const ranges = parseListenRanges(groups);
  const strangers = unknown.filter((address) => !ranges.some((range) => isInside(address, range)));
  if (strangers.length === 0) return;
  throw new PermanentError(
    'not-found',
    `${target.name}: no such BGP neighbour: ${excerpt(strangers.join(', '), 160)}`,
    { hint: 'Correct the address, or configure the neighbour first (frr.config).' },
  );
}

async function readPeers(target: Target): Promise<ReadonlyMap<string, Peer>> {
  const [summary] = await ask(target, ['show bgp summary json']);
  try {
    return parseSummary(summary);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: the BGP summary cannot be read`, {
      cause: error,
    });
  }
}

/** BGP sessions of a router. */
export const frrBgpEstablished = defineAction({
  name: 'frr.bgp-established',
  summary: 'Holds when BGP sessions of the router are Established.',
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    established: z.int().describe('Sessions, of those asked for, that are up.'),
    down: z
      .array(z.string())
      .describe('Neighbours whose session is not up, or not for long enough; at most 16.'),
  }),
  settle: { timeout: '4m', every: '1s' },
  async check({ target }, { peers, minUptime = 0 }) {
    const known = await readPeers(target);
    const unknown = peers === 'all' ? [] : peers.filter((address) => !known.has(address));
    if (unknown.length > 0) await mustBeExpected(target, unknown);
    const asked = [...known.values()].filter((peer) =>
      peers === 'all' ? !peer.shutDown : peers.includes(peer.address),
    );
    const lacks = asked
      .map((peer) => ({ peer: peer.address, why: missing(peer, minUptime) }))
      .filter(({ why }) => why !== null)
      .concat(unknown.map((peer) => ({ peer, why: `${peer} has not called yet` })));
    const text = lacks.map(({ why }) => why).join(', ');
    const none = asked.length + unknown.length === 0;
    const drift = none ? 'no BGP neighbours are configured' : text;
    return {
      before: null,
      drift: drift === '' ? null : excerpt(`${target.name}: ${drift}`, 256),
      output: {
        established: asked.length + unknown.length - lacks.length,
        down: lacks.slice(0, 16).map(({ peer }) => peer),
      },
    };
  },
  examples: [
    { title: 'Every session of the router is up', input: {} },
    {
      title: 'Two nodes are peers for longer than the hold time',
      input: { peers: ['192.168.10.100', '192.168.20.100'], minUptime: '10s' },
    },
  ],
  notes: `Reads the router's own view: that of Cilium (CiliumBGPNodeConfig status) said \`established\` 27 s
after the machine had crashed.

- A session that is up proves no route: wait for \`frr.routes-present\` as well.
- \`all\` leaves out neighbours that are shut down by configuration; a router without neighbours does
  not hold.
- A neighbour that nobody configured is an error that no retry mends, unless its address lies in a
  \`bgp listen range\`: then it may still call.`,
});
