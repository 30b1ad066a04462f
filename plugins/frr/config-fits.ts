import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { faultsOf, outside } from './config/fit.js';
import { routerOf } from './config/router.js';
import { see } from './config/state.js';
import { fillSecrets } from './config/text.js';
import { compare } from './config/wanted.js';

const address = z.union([z.ipv4(), z.ipv6()], 'write an IP address');

/** A configuration before it is brought to a router. */
export const frrConfigFits = defineAction({
  name: 'frr.config-fits',
  summary:
    'Holds when a configuration, before it is applied, is valid and changes one BGP block only.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({
    content: z
      .string()
      .min(1)
      .max(65_536)
      .regex(/^[\P{Cc}\n\t]*$/u, 'a configuration has no control characters')
      .describe('The whole configuration, as frr.config is to get it.'),
    asn: z
      .int()
      .min(1)
      .max(4_294_967_295)
      .describe(
        'Number of the autonomous system of the router: its block is the one that may change.',
      ),
    address: address.optional().describe('Address that its router id must be.'),
    neighbors: z
      .array(address)
      .max(256)
      .default([])
      .describe('Neighbours that the configuration must have, by address.'),
  }),
  output: z.strictObject({
    changes: z.int().describe('Commands that a reload would run.'),
    outside: z.int().describe('Those of them that are outside of the block.'),
  }),
  async check({ target, run }, { content, asn, address: own, neighbors }) {
    const router = routerOf(target, run.id, []);
    const text = fillSecrets(content, {});
    const seen = await see(router);
    const { changes } = await compare(
      target,
      router,
      { content: text, daemons: [], secrets: [] },
      seen,
    );
    const strange = outside(changes, asn);
    const faults = [
      ...faultsOf(text, seen.running, { asn, address: own ?? null, neighbors }),
      ...strange.map((command) => `it would also run '${command}'`),
    ];
    return {
      before: null,
      drift: faults.length === 0 ? null : excerpt(`${target.name}: ${faults.join('; ')}`, 256),
      output: { changes: changes.remove.length + changes.add.length, outside: strange.length },
    };
  },
  examples: [
    {
      title: 'A file that may change the sessions of AS 65000, and nothing else',
      input: {
        asn: 65000,
        address: '192.168.10.200',
        neighbors: ['192.168.10.100'],
        content: `frr defaults traditional
log syslog informational
!
router bgp 65000
 bgp router-id 192.168.10.200
 no bgp ebgp-requires-policy
 neighbor 192.168.10.100 remote-as external
exit
`,
      },
    },
  ],
  notes: `A guard before \`frr.config\`, which brings about the whole file: what a file lacks is removed from the
router, so that an old copy of it takes away what others have added since.

- \`vtysh -C\` reads the file first, then \`frr-reload.py --test\` compares: every command that a reload
  would run must be inside \`router bgp <asn>\`.
- A router that runs with another number is told: the block would be removed and made anew, and every
  session with it.
- The numbers and addresses are those of the inventory: a typo in the file shows here, not as a session
  that never comes up.`,
});
