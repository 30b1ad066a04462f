import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, jsonBytes } from '../../core/excerpt.js';
import { parseMatches, valuesOf } from './tshark/matches.js';
import { dissect } from './tshark/dissect.js';

const inputSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^\0]*$/, 'write an absolute path')
    .describe("Capture: a pcap or pcapng file on the worker's machine."),
  filter: z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^\0\n]*$/, 'write one line')
    .describe('Display filter as in wireshark-filter(4), such as `bgp.type == 3`.'),
  least: z.int().min(0).default(1).describe('The fewest packets that must match.'),
  most: z
    .int()
    .min(0)
    .optional()
    .describe('The most that may match; 0 for none. Then `least` is to be 0, too.'),
  fields: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'write the name of a field'))
    .max(8)
    .default([])
    .describe('Fields whose values are counted, such as `ip.src` and `bgp.type`.'),
});

/** How many packets of a capture match, and what they hold. */
export const captureMatched = defineAction({
  name: 'capture.matched',
  summary: 'So many packets of a fetched capture match a display filter, as tshark reads them.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    packets: z.int().describe('Packets that match.'),
    values: z
      .record(z.string(), z.record(z.string(), z.int()))
      .describe(
        'Of each field its values, with how many packets have it; the most frequent first.',
      ),
    more: z.int().describe('Values that are left out.'),
  }),
  async check(ctx, { path, filter, least, most, fields }) {
    if (most !== undefined && most < least) {
      throw new PermanentError('input-invalid', `most: ${most} is less than least: ${least}`);
    }
    const packets = parseMatches(await dissect(ctx.on('local'), path, filter, fields));
    const found = packets.length;
    const wanted = most === undefined ? `${least} or more` : `${least} to ${most}`;
    const holds = found >= least && (most === undefined || found <= most);
    return {
      before: null,
      drift: holds ? null : excerpt(`${path}: ${found} packets match, not ${wanted}`, 256),
      output: { packets: found, ...valuesOf(packets, fields, (kept) => jsonBytes(kept) <= 640) },
    };
  },
  examples: [
    {
      title: 'DSR shows in the option that carries the service address',
      input: { path: '/var/lib/runbook/captures/dsr.pcap', filter: 'ip[20] == 9a' },
    },
    {
      title: 'No BGP session was ended by a notification',
      input: {
        path: '/var/lib/runbook/captures/bgp.pcap',
        filter: 'bgp.type == 3',
        least: 0,
        most: 0,
        fields: ['ip.src', 'bgp.notify.major_error'],
      },
    },
  ],
  notes: `Runs \`tshark -T json\` on the worker's machine, whichever host the step is of: fetch the capture first
(\`capture.fetched\`). It knows every protocol that Wireshark knows; \`tshark -G fields\` lists the fields.

- tshark runs as \`nobody\` where the worker is root: its dissectors read what strangers have sent.
- A field is there for what Wireshark knows: not for the option 154 of IPv4, which Cilium's DSR uses. Bytes
  are compared as they stand, \`ip[20] == 9a\`; \`capture.summary\` has the numbers of all options.
- Names are not looked up. Values are in the record of the run: name no field that carries what people send.
- \`capture.summary\` needs no tshark, and knows only addresses, flags, options of IPv4 and the types of BGP
  messages.
- Facts: tshark 4.0.17 ends with 2 for a filter or a file that it cannot read, with 1 for an unknown field; a
  capture that was cut off is 2 as well, so it is refused.`,
});
