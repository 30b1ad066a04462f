import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { additions, missing, removals, type Batch, type Fabric } from './network/fabric.js';
import { networkInput, type NetworkInput } from './network/input.js';
import { hostLimits, type Limit } from './network/limits.js';
import { lookAtFabric, type SeenFabric } from './network/look.js';
import { namespaceOf } from './names.js';
import { mustBePossible } from './preflight.js';

/** What undo needs: the network that was found, and whether the lab held the host's limits. */
type Found = Fabric & { readonly held: boolean };

function wantedBy({ bridges, clients }: NetworkInput): Fabric {
  return {
    namespace: true,
    bridges: Object.fromEntries(bridges.map(({ name, addresses }) => [name, addresses])),
    clients: Object.fromEntries(
      clients.map(({ name, bridge, address, gateway }) => [
        name,
        { bridge, addresses: [address], gateway: gateway ?? null },
      ]),
    ),
  };
}

function limitsOf({ inotify }: NetworkInput): Limit[] {
  return [
    { key: 'fs/inotify/max_user_instances', least: inotify.instances },
    { key: 'fs/inotify/max_user_watches', least: inotify.watches },
  ];
}

function look(ctx: ActionContext, input: NetworkInput): Promise<SeenFabric> {
  return lookAtFabric(
    ctx.target,
    input.prefix,
    input.clients.map(({ name }) => name),
  );
}

/**
 * Runs lists of ip(8) commands, whose words all come from the schema's patterns: no blank, no
 * newline.
 */
async function runBatches({ target }: ActionContext, batches: readonly Batch[]): Promise<void> {
  for (const { namespace, lines } of batches) {
    await target.run('ip', ['-n', namespace, '-batch', '-'], {
      sudo: true,
      input: `${lines.join('\n')}\n`,
      failure: 'action-failed',
    });
  }
}

/** Bridged frames must not pass the iptables of the fabric, where the kernel would make them. */
const unfilterScript = `set -eu
for file in /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables; do
  [ ! -e $file ] || echo 0 > $file
done
`;

async function make(ctx: ActionContext, input: NetworkInput, wanted: Fabric): Promise<void> {
  const { fabric, withoutLoopback } = await look(ctx, input);
  const { namespaces, batches } = additions(input.prefix, fabric, wanted, withoutLoopback);
  for (const namespace of namespaces) {
    await ctx.target.run('ip', ['netns', 'add', namespace], { sudo: true });
  }
  await runBatches(ctx, batches);
  const at = [`--net=/run/netns/${input.prefix}`, 'sh', '-c', unfilterScript];
  await ctx.target.run('nsenter', at, { sudo: true });
}

async function remove(ctx: ActionContext, input: NetworkInput, kept: Fabric): Promise<void> {
  const { fabric, cables } = await look(ctx, input);
  if (!kept.namespace && cables.length > 0) {
    throw new PermanentError(
      'refused',
      `network ${input.prefix}: machines are still plugged in: ${cables.join(', ')}`,
      { hint: 'Stop or remove the machines first (nspawn.machine).' },
    );
  }
  const { namespaces, batches } = removals(input.prefix, fabric, kept, wantedBy(input));
  await runBatches(ctx, batches);
  for (const namespace of namespaces) {
    await ctx.target.run('ip', ['netns', 'del', namespace], { sudo: true });
  }
}

function driftOf(
  input: NetworkInput,
  seen: SeenFabric,
  held: boolean,
  low: string | null,
): string | null {
  if (input.state === 'absent') {
    const { namespace, clients } = seen.fabric;
    const names = Object.keys(clients);
    if (!namespace && names.length === 0) return held ? 'limits of the host are still held' : null;
    return ['there is a network namespace', ...names.map((name) => `client ${name}`)].join(', ');
  }
  return (
    missing(seen.fabric, wantedBy(input)) ??
    (seen.down.length > 0 ? `${seen.down.join(', ')} is not up` : null) ??
    (seen.filtered === true ? 'bridged frames pass iptables' : null) ??
    low ??
    (held ? null : 'the limits of the host are not held')
  );
}

/** Makes and removes the network of a lab. */
export const nspawnNetwork = defineAction({
  name: 'nspawn.network',
  summary:
    'Makes the network of a lab: bridges, their addresses, and probe clients, out of sight of the host.',
  impact: 'change',
  on: 'host',
  input: networkInput,
  output: z.strictObject({
    namespace: z
      .string()
      .describe('Network namespace of the fabric; `via: netns/<it>` reaches its machines.'),
    clients: z
      .record(z.string(), z.string().describe('Network namespace of the client.'))
      .describe('Network namespace of each client, by name.'),
  }),
  settle: { timeout: '10s', every: '500ms' },
  resource: ({ prefix }) => `network/${prefix}`,

  async check(ctx, input) {
    const seen = await look(ctx, input);
    const { held, low } = await hostLimits(ctx.target, input.prefix, limitsOf(input)).look();
    const drift = driftOf(input, seen, held, low);
    if (drift !== null && input.state === 'present') {
      await mustBePossible(ctx.target, {
        tools: ['ip', 'nsenter', 'flock', 'find', 'systemd-nspawn'],
        groups: true,
        requires: seen.fabric.namespace ? undefined : input.requires,
      });
    }
    const before: Found = { ...seen.fabric, held };
    return {
      before,
      drift: drift === null ? null : excerpt(`network ${input.prefix}: ${drift}`, 256),
      output: {
        namespace: input.prefix,
        clients: Object.fromEntries(
          input.clients.map(({ name }) => [name, namespaceOf(input.prefix, name)]),
        ),
      },
    };
  },

  async apply(ctx, input) {
    const limits = hostLimits(ctx.target, input.prefix, limitsOf(input));
    if (input.state === 'absent') {
      await remove(ctx, input, { namespace: false, bridges: {}, clients: {} });
      await limits.release();
      return;
    }
    // The namespace first: a lab without one does not count among those that need the limits.
    await make(ctx, input, wantedBy(input));
    await limits.hold();
  },

  async undo(ctx, input, before) {
    const limits = hostLimits(ctx.target, input.prefix, limitsOf(input));
    if (before.namespace) await make(ctx, input, before);
    await remove(ctx, input, before);
    if (before.held) await limits.hold();
    else await limits.release();
  },

  examples: [
    {
      title: 'Two subnets, one for outside, and a probe client there',
      input: {
        prefix: 'lab',
        bridges: [
          { name: 'br10', addresses: ['192.168.10.1/24'] },
          { name: 'br20', addresses: ['192.168.20.1/24'] },
          { name: 'br30', addresses: ['192.168.30.1/24'] },
        ],
        clients: [
          {
            name: 'client',
            bridge: 'br30',
            address: '192.168.30.10/24',
            gateway: '192.168.30.200',
          },
        ],
        requires: { memory: 2048, disk: 2048, at: '/var/lib/runbook' },
      },
    },
    {
      title: 'Remove it',
      input: { prefix: 'lab', state: 'absent', bridges: [{ name: 'br10' }] },
    },
  ],
  notes: `Everything is in a network namespace of the lab's own, named by the prefix, and in one per machine
and client (\`<prefix>-<name>\`). The host's own interfaces, routes and firewall do not change, so
any number of labs with the same addresses run side by side. Reach the machines from inside: \`via:
netns/<prefix>\` in the inventory.

- Bridges have fixed MAC addresses, and the fabric does not filter what they carry
  (\`bridge-nf-call-iptables\`).
- \`fs.inotify.*\` are the host's: raised where they are lower, and put back to the value found when
  the last lab that needs them lets go, unless somebody has set another value since. Kept in
  \`/run/runbook/nspawn\`.
- \`absent\`, and undo of a new network, refuse while machines are plugged in.
- What iproute2 makes once on a host stays: the mount point \`/run/netns\`.`,
});
