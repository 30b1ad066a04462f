import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { formatDuration } from '../../core/duration.js';
import { RunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { parseRestarts, type Restart } from './bgp/restart.js';
import { canonicalAddress } from './routes/prefix.js';
import { ask } from './vtysh.js';

const peerName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,45}$/, 'write an address, or the interface of the session')
  .transform(canonicalAddress);

const inputSchema = z.strictObject({
  atLeast: duration().describe('Time for which the routes of each must be kept.'),
  peers: z
    .array(peerName)
    .min(1)
    .max(128)
    .optional()
    .describe('Neighbours, by address (or interface); all that there are unless told.'),
});

function missing(address: string, found: Restart | undefined, atLeast: number): string | null {
  if (found === undefined) return `${address} is no neighbour`;
  if (!found.established) return `${address} is not Established: nobody can tell`;
  if (found.seconds === null) return `routes of ${address} are dropped when it restarts`;
  if (!found.forwarding) return `${address} does not forward while it restarts`;
  if (found.seconds * 1000 >= atLeast) return null;
  return `routes of ${address} are kept for ${found.seconds}s, not for ${formatDuration(atLeast)}`;
}

async function read(target: Target): Promise<ReadonlyMap<string, Restart>> {
  const [answer] = await ask(target, ['show bgp neighbors json']);
  try {
    return parseRestarts(answer);
  } catch (error) {
    throw new RunbookError('check-failed', `${target.name}: its neighbours cannot be read`, {
      cause: error,
    });
  }
}

/** Graceful restart, as the router has agreed on it. */
export const frrRestartTime = defineAction({
  name: 'frr.restart-time',
  summary: 'Holds when the router keeps the routes of peers for long enough while they restart.',
  impact: 'read',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    seconds: z
      .int()
      .nullable()
      .describe('The shortest of these times; null where there is no such peer, or none is kept.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  async check({ target }, { atLeast, peers }) {
    const known = await read(target);
    const asked = [...new Set(peers ?? known.keys())];
    const lacks = asked
      .map((address) => missing(address, known.get(address), atLeast))
      .filter((why) => why !== null);
    const times = asked.map((address) => known.get(address)?.seconds ?? 0);
    const drift = asked.length === 0 ? 'there are no BGP neighbours' : lacks.join(', ');
    const seconds = times.length === 0 ? 0 : Math.min(...times);
    return {
      before: null,
      drift: drift === '' ? null : excerpt(`${target.name}: ${drift}`, 256),
      output: { seconds: seconds === 0 ? null : seconds },
    };
  },
  examples: [
    { title: 'Agents may be away for 15 s', input: { atLeast: '15s' } },
    {
      title: 'One node may',
      input: { atLeast: '15s', peers: ['192.168.20.100'] },
    },
  ],
  notes: `What peers ask for, and the router agreed to, by \`show bgp neighbors json\`: the received restart timer,
both modes of graceful restart, and the forwarding bit. What is configured on either side proves
nothing: it counts from the next session on.

- Restart the peer within this time, and the router's kernel keeps its routes: measure it first, on one
  peer (\`cilium.agents-renewed\` tells it).
- A session that is down tells nothing, and is drift.`,
});
