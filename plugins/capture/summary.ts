import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, jsonBytes } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { parsePcap, type Packet } from './pcap/file.js';
import { summaryOf, type Flow } from './pcap/summary.js';

const mostBytes = 96 * 1024 * 1024;

const inputSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^\0]*$/, 'write an absolute path')
    .describe("Capture: a pcap file on the worker's machine."),
  minPackets: z.int().min(0).default(1).describe('The fewest packets that it must hold.'),
  ipOption: z
    .int()
    .min(0)
    .max(255)
    .default(0)
    .describe(
      'Number of an option of IPv4 that some packet must carry, such as 154 of Cilium; 0 for none.',
    ),
});

const flow = z.strictObject({
  protocol: z.string().describe('tcp, udp, icmp, or the number of another protocol.'),
  from: z.string().describe('Address, with the port of a service.'),
  to: z.string().describe('Address, with the port of a service.'),
  packets: z.int().describe('Packets in this direction.'),
});

/** As many of the flows as fit into the history. */
function fitting(flows: readonly Flow[]): { flows: Flow[]; more: number } {
  const kept: Flow[] = [];
  for (const one of flows) {
    if (jsonBytes([...kept, one]) > 640) break;
    kept.push(one);
  }
  return { flows: kept, more: flows.length - kept.length };
}

async function read(target: Target, path: string): Promise<Packet[]> {
  const { exitCode, stdout, truncated } = await target.run('base64', ['-w0', '--', path], {
    sudo: true,
    exits: [0, 1],
    capture: mostBytes,
    log: 'quiet',
    timeout: '60s',
  });
  const where = `${target.name}: ${path}`;
  if (exitCode !== 0) throw new PermanentError('not-found', `${where} cannot be read`);
  if (truncated) throw new PermanentError('output-too-large', `${where} is larger than 64 MiB`);
  try {
    return parsePcap(Buffer.from(stdout, 'base64'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentError('check-failed', `${where} is no capture: ${why}`, { cause });
  }
}

/** What a capture holds. */
export const captureSummary = defineAction({
  name: 'capture.summary',
  summary: 'Sums a fetched capture up: who speaks to whom, resets, options, BGP messages.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    packets: z.int().describe('Packets in it.'),
    bytes: z.int().describe('Bytes that they had on the wire.'),
    seconds: z.number().describe('Time from the first to the last.'),
    flows: z.array(flow).describe('Who speaks to whom, the most packets first; as many as fit.'),
    more: z.int().describe('Flows that are left out.'),
    tcp: z
      .strictObject({
        syn: z.int().describe('Packets that begin a connection, or take it.'),
        fin: z.int().describe('Packets that end one side of it.'),
        rst: z.int().describe('Packets that break it off.'),
      })
      .describe('Flags of TCP.'),
    ipOptions: z.array(z.int()).describe('Numbers of the options of IPv4 that were seen.'),
    bgp: z
      .record(z.string(), z.int())
      .describe(
        'BGP messages: open, update, notification, keepalive, routeRefresh; other for what is none of them.',
      ),
  }),
  async check(ctx, { path, minPackets, ipOption }) {
    const { flows, ...found } = summaryOf(await read(ctx.on('local'), path));
    const faults: string[] = [];
    if (found.packets < minPackets)
      faults.push(`${found.packets} packets instead of ${minPackets}`);
    if (ipOption > 0 && !found.ipOptions.includes(ipOption)) {
      faults.push(`no packet has the option ${ipOption}`);
    }
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(`${path}: ${faults.join('; ')}`, 256),
      output: { ...found, ...fitting(flows), ipOptions: found.ipOptions.slice(0, 16) },
    };
  },
  examples: [
    { title: 'What was taken', input: { path: '/var/lib/runbook/captures/all.pcap' } },
    {
      title: 'DSR shows in the option that carries the service address',
      input: { path: '/var/lib/runbook/captures/dsr.pcap', ipOption: 154 },
    },
  ],
  notes: `Reads the file itself, without tshark or tcpdump, on the worker's machine, whichever host the step is of: fetch
it first (\`capture.fetched\`).

- pcap in either byte order, with micro- or nanoseconds; Ethernet (VLAN tags too) and Linux cooked
  captures, as tcpdump writes for \`-i any\`.
- Of two ends the one with the lower port is the service; all ports of clients are put together.
- BGP messages are counted where they begin in a segment that was kept: take enough of each packet
  (\`snaplen\`).
- Nothing of what packets carry is in the output. For more, open the fetched file with Wireshark.`,
});
