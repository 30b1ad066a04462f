import { z } from 'zod';
import { defineAction, maySecret, type ActionContext } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { bring } from './config/bring.js';
import { restore } from './config/restore.js';
import { routerOf, type Router } from './config/router.js';
import { see, type Before } from './config/state.js';
import { fillSecrets } from './config/text.js';
import { compare, describe, type Wanted } from './config/wanted.js';

const daemon = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,14}d$/, 'write the name of a daemon, such as bgpd')
  .refine((name) => !['zebra', 'staticd', 'mgmtd'].includes(name), 'FRR starts this one by itself');

const inputSchema = z
  .strictObject({
    content: z
      .string()
      .min(1)
      .max(65_536)
      .regex(/^[\P{Cc}\n\t]*$/u, 'a configuration has no control characters')
      .refine((text) => text.trim() !== '', 'the configuration is empty')
      .describe(
        'The whole configuration: what it does not hold is removed from the router. Lines as show running-config prints them.',
      ),
    daemons: z
      .array(daemon)
      .max(16)
      .default([])
      .describe('Daemons that must run, such as bgpd; others stay as they are.'),
    secrets: maySecret(
      z.record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,30}$/, 'a name has letters, digits, _ and -'),
        z.string().regex(/^\S{1,256}$/, 'a secret is one word'),
      ),
    )
      .default({})
      .describe('Secrets for the content, where they stand as @name@.'),
  })
  .refine(
    ({ content, secrets }) => Object.keys(secrets).every((name) => content.includes(`@${name}@`)),
    'each secret must stand in the content, as @name@',
  );
type Input = z.output<typeof inputSchema>;

function wantedOf({ content, daemons, secrets }: Input): Wanted {
  return {
    content: fillSecrets(content, secrets),
    daemons: [...new Set(daemons)],
    secrets: Object.values(secrets),
  };
}

function open(ctx: ActionContext, input: Input): Router {
  return routerOf(ctx.target, ctx.run.id, Object.values(input.secrets));
}

/** The whole configuration of a router. */
export const frrConfig = defineAction({
  name: 'frr.config',
  summary: 'Makes FRR run with a whole configuration, and start with it, without a restart.',
  impact: 'disrupt',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    changes: z.int().describe('Commands that a reload has still to run.'),
    dropped: z.array(z.string()).describe('Neighbours whose session the reload took down.'),
    notices: z
      .string()
      .describe('What FRR said at the reload, such as that peers must be reset to take effect.'),
  }),
  timeout: '8m',
  settle: { timeout: '30s', every: '1s' },
  resource: () => 'frr/config',
  async check(ctx, input) {
    const wanted = wantedOf(input);
    const router = open(ctx, input);
    const seen = await see(router);
    const differences = await compare(ctx.target, router, wanted, seen);
    const drift = describe(differences, seen, wanted.secrets);
    const { add, remove } = differences.changes;
    return {
      before: seen.before,
      drift: drift === null ? null : excerpt(drift, 256),
      output: { changes: add.length + remove.length, dropped: [], notices: '' },
    };
  },
  async apply(ctx, input, before: Before) {
    const { dropped, notices } = await bring(ctx, open(ctx, input), wantedOf(input), before);
    return { changes: 0, dropped: dropped.slice(0, 16), notices };
  },
  async undo(ctx, input, before: Before) {
    await restore(ctx, open(ctx, input), before, Object.values(input.secrets));
  },
  examples: [
    {
      title: 'A router that takes the routes of two nodes',
      input: {
        daemons: ['bgpd'],
        content: `frr defaults traditional
log syslog informational
!
router bgp 65000
 bgp router-id 192.168.10.200
 no bgp ebgp-requires-policy
 bgp graceful-restart
 bgp bestpath as-path multipath-relax
 neighbor CILIUM peer-group
 neighbor CILIUM remote-as external
 neighbor 192.168.10.100 peer-group CILIUM
 neighbor 192.168.20.100 peer-group CILIUM
 !
 address-family ipv4 unicast
  network 10.10.1.0/24
  maximum-paths 4
 exit-address-family
exit
`,
      },
    },
    {
      title: 'A session with a password',
      input: {
        secrets: { tor: '${{secrets.tor}}' },
        content: `router bgp 65000
 neighbor 192.168.10.101 remote-as 65001
 neighbor 192.168.10.101 password @tor@
exit
`,
      },
    },
  ],
  notes: `The whole file is rendered, compared and reloaded; nothing is ever appended (text behind the last
\`exit\` belongs to no block), and FRR is never restarted (that takes every BGP route out of the
kernel for 7 to 14 s; a reload with the same change none).

1. \`vtysh -C\` reads the content first: a file with faults is refused, with its line, before anything
   is touched.
2. \`frr-reload.py --test\` is the comparison. Its exit code says nothing.
3. What was found is kept on the router in \`/var/lib/runbook/<run>/kept\`: the running
   configuration, \`frr.conf\` and the daemons file. Undo reloads the former running configuration and
   puts the files back, byte for byte.
4. \`frr-reload.py --reload\` makes the change, \`--test\` proves it, and only then the content is put
   in the place of \`/etc/frr/frr.conf\` (\`frr:frr\`, 0640).

Traps that it takes care of:
- A reload undoes every line that the content lacks, \`hostname\` and \`no ipv6 forwarding\` among them:
  it would switch IPv6 forwarding on. What the content does not speak of there stays as it is.
- Lines that FRR never shows, since they are its defaults (\`bgp graceful-restart restart-time 120\`)
  or spelled otherwise, are set again by every reload, and may reset sessions each time (FRR issue
  22953). The known ones are refused; any other is reported after the first reload.
- Run on a file of another name, \`frr-reload.py\` writes what runs over \`frr.conf\`: with bgpd stopped
  that loses the BGP configuration, with exit 0.
- A session that goes down without being concerned by the change fails the step.
- A change of graceful restart only takes effect when sessions are reset: FRR says so in \`notices\`,
  and a person has to decide on it.
- A daemon that is named and does not run is enabled in \`/etc/frr/daemons\`, and started beside the
  others by FRR's own script; sessions stay up.
- Passwords are shown as \`***\`, and the content is kept out of the log.`,
});
