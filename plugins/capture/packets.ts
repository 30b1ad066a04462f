import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { captureName, pathOf } from './input.js';
import { parseCounters, parseState, type State } from './packets/counters.js';
import * as scripts from './packets/scripts.js';

/** The most that one capture may take on disk. */
const mostBytes = 64 * 1024 * 1024;
/** What a packet takes in the file besides itself. */
const headerBytes = 16;

const inputSchema = z
  .strictObject({
    name: captureName.describe('Name of the capture, unique on the host.'),
    interface: z
      .string()
      .regex(/^(?!-)[^\s/\0:]{1,15}$/, 'not the name of a network interface')
      .default('any')
      .describe('Interface; `any` for all of them.'),
    filter: z
      .array(z.string().regex(/^(?!-)[^\0]{1,128}$/, 'a word of a filter'))
      .max(64)
      .default([])
      .describe(
        'Filter of pcap-filter(7), a word each: [tcp, port, "179"]. Everything unless told.',
      ),
    duration: duration()
      .prefault('10s')
      .refine((ms) => ms >= 1000 && ms <= 600_000, 'between 1s and 10m')
      .describe('The longest that it may go on.'),
    packets: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe('The most packets that it may take.'),
    snaplen: z
      .int()
      .min(64)
      .max(65_535)
      .default(256)
      .describe('Bytes of each packet that are kept.'),
    minFree: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(256)
      .describe('Space in MiB that must be free on the disk before.'),
  })
  .refine(
    ({ packets, snaplen }) => packets * (snaplen + headerBytes) <= mostBytes,
    'packets times snaplen is more than 64 MiB: take fewer packets, or less of each',
  );

async function see(target: Target, path: string): Promise<State> {
  const { stdout } = await target.run('sh', ['-c', scripts.look, 'look', path], {
    sudo: true,
    failure: 'check-failed',
  });
  return parseState(target.name, stdout);
}

/** Takes a capture that ends by itself. */
export const capturePackets = defineAction({
  name: 'capture.packets',
  summary: 'Takes packets on an interface into a file, bounded in time, number and size.',
  impact: 'change',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    path: z.string().describe('File on the host.'),
    bytes: z.int().describe('Its size.'),
    sha256: z.string().nullable().describe('Its sum; null where there is none yet.'),
    packets: z.int().describe('Packets in it.'),
    dropped: z.int().describe('Packets that the kernel had no room for.'),
  }),
  timeout: '15m',
  settle: { timeout: '5s', every: '1s' },
  resource: ({ name }) => `capture/${name}`,
  async check({ target }, { name }) {
    const path = pathOf(name);
    const { sha256, bytes, said } = await see(target, path);
    const { captured, dropped } = parseCounters(said);
    return {
      before: { sha256 },
      drift: sha256 === null ? `${target.name} has no capture ${name}` : null,
      output: { path, bytes, sha256, packets: captured, dropped },
    };
  },
  async apply(ctx, input) {
    const { target } = ctx;
    if ((await see(target, pathOf(input.name))).sha256 !== null) return;
    const seconds = Math.ceil(input.duration / 1000);
    ctx.report(`${target.name} captures on ${input.interface} for at most ${seconds} s`);
    const args = [pathOf(input.name), String(seconds), String(input.minFree)];
    const tcpdump = [
      '-i',
      input.interface,
      '-c',
      String(input.packets),
      '-s',
      String(input.snaplen),
    ];
    const { exitCode, stderr } = await target.run(
      'sh',
      ['-c', scripts.take, 'take', ...args, ...tcpdump, ...input.filter],
      { sudo: true, exits: 'any', timeout: input.duration + 30_000 },
    );
    const why = excerpt(plainText(stderr).split('\n').slice(-2).join('; '), 300);
    switch (exitCode) {
      case 0:
        return;
      case scripts.exit.busy:
        throw new RunbookError('refused', `${target.name}: another capture is under way`, {
          hint: 'One at a time on a host: wait for it, or see what ps shows of tcpdump there.',
        });
      case scripts.exit.full:
        throw new PermanentError(
          'refused',
          `${target.name}: less than ${input.minFree} MiB are free`,
          {
            hint: 'Make room, or ask for less with minFree.',
          },
        );
      case scripts.exit.missing:
        throw new PermanentError('tool-missing', `${target.name}: there is no tcpdump`, {
          hint: 'Install the package tcpdump there.',
        });
      default:
        throw new PermanentError('refused', `${target.name}: tcpdump: ${why}`, {
          hint: 'Correct the interface or the filter; pcap-filter(7) tells how one is written.',
        });
    }
  },
  async undo({ target }, { name }, before) {
    if (before.sha256 !== null) return;
    await target.run('sh', ['-c', scripts.remove, 'remove', pathOf(name)], {
      sudo: true,
      failure: 'undo-failed',
    });
  },
  examples: [
    {
      title: 'BGP of a router, half a minute of it',
      input: {
        name: 'bgp',
        interface: 'eth1',
        filter: ['tcp', 'port', '179'],
        duration: '30s',
        packets: 500,
        snaplen: 1500,
      },
    },
    { title: 'Whatever passes by for ten seconds', input: { name: 'all' } },
  ],
  notes: `\`timeout <duration> tcpdump -c <packets> -s <snaplen> -U -w …\`, and nothing is ever left running: it ends by
itself, whatever becomes of the worker. What was taken until then is in place only when it has ended.

- The size is bounded by packets times snaplen, at most 64 MiB. Only the beginning of each packet is kept.
- One capture at a time on a host, by a lock; the disk must have room.
- \`dropped\`: packets that the kernel had no room for. Where it is not 0, the capture has holes.
- A capture of that name that is there is as wanted: give each its own name. Undo removes the one made.
- Packets hold what people send. They are in a file that only root may read, and in no log.
- Look at it elsewhere: \`capture.fetched\`, then \`capture.summary\`. In the seed of this project an analysis
  on a control plane of 2.5 GB hung the machine.`,
});
