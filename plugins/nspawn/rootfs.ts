import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { mustBePossible } from './preflight.js';
import { rootfsInput, type RootfsInput } from './rootfs/input.js';
import { layerFiles, layerId, layersDiffer, listing } from './rootfs/layer.js';
import { lookAtRootfs, type SeenRootfs } from './rootfs/look.js';
import { rootfsParts } from './rootfs/make.js';

/** What undo needs: the name of the layer that was found, and whether there was a key. */
type Found = { readonly layer: string | null; readonly key: boolean };

function filesFor(input: RootfsInput, publicKey: string | null) {
  const { hosts, nameservers } = input;
  const own = publicKey === null ? [] : [publicKey];
  return layerFiles({ hosts, nameservers, authorizedKeys: [...own, ...input.authorizedKeys] });
}

function driftOf(input: RootfsInput, seen: SeenRootfs): string | null {
  if (input.state === 'absent') {
    if (seen.layer !== null) return `there is a layer at ${input.dir}`;
    return seen.publicKey === null ? null : `there is a key at ${input.key}`;
  }
  if (!seen.base) return `there is no root file system at ${input.base}`;
  if (seen.lacks.length > 0) return `${input.base} lacks ${seen.lacks.join(', ')}`;
  if (input.key !== undefined && seen.publicKey === null) return `there is no key at ${input.key}`;
  if (seen.layer === null) return `there is no layer at ${input.dir}`;
  const differ = layersDiffer(seen.layer, listing(filesFor(input, seen.publicKey)));
  return differ === null ? null : `the layer at ${input.dir} differs: ${differ}`;
}

function mustBeWhole(input: RootfsInput, seen: SeenRootfs): void {
  if (seen.base && seen.lacks.length === 0) return;
  const why = seen.base ? `lacks ${seen.lacks.join(', ')}` : 'does not exist';
  throw new PermanentError('refused', `the root file system ${input.base} ${why}`, {
    hint: "Build the lab's parts (labs/parts), name another base, or let it be made with debootstrap.",
  });
}

/** Makes the root file system that the machines of a lab share. */
export const nspawnRootfs = defineAction({
  name: 'nspawn.rootfs',
  summary:
    'Makes the root file system that the machines of a lab share: a prepared base, and a layer with keys and names.',
  impact: 'change',
  on: 'host',
  input: rootfsInput,
  output: z.strictObject({
    layers: z.array(z.string()).describe('Layers for nspawn.machine, uppermost first.'),
    key: z.string().nullable().describe('File with the private key that opens the machines.'),
    publicKey: z.string().nullable().describe('Its public half.'),
  }),
  timeout: '25m',
  settle: { timeout: '10s', every: '1s' },
  resource: ({ dir }) => `rootfs/${dir}`,

  async check({ target }, input) {
    const seen = await lookAtRootfs(target, input);
    const drift = driftOf(input, seen);
    if (drift !== null && input.state === 'present') {
      await mustBePossible(target, {
        tools: [
          'ssh-keygen',
          'find',
          ...(seen.base || input.debootstrap === undefined ? [] : (['debootstrap'] as const)),
        ],
        requires: input.requires,
      });
    }
    const before: Found = {
      layer: seen.layer === null ? null : layerId(seen.layer),
      key: seen.publicKey !== null,
    };
    return {
      before,
      drift: drift === null ? null : excerpt(drift, 256),
      output: {
        layers: [input.dir, input.base],
        key: input.key ?? null,
        publicKey: seen.publicKey,
      },
    };
  },

  async apply(ctx, input) {
    const { target } = ctx;
    const parts = rootfsParts(target);
    if (input.state === 'absent') {
      await parts.removeLayer(input.dir);
      if (input.key !== undefined) await parts.removeKey(input.key);
      return;
    }
    const first = await lookAtRootfs(target, input);
    if (!first.base && input.debootstrap !== undefined) {
      const { suite, mirror, packages } = input.debootstrap;
      ctx.report(`debootstrap makes ${input.base}`);
      await parts.debootstrap(input.base, suite, mirror, packages);
    }
    if (input.key !== undefined && first.publicKey === null) await parts.key(input.key);
    const seen = await lookAtRootfs(target, input);
    mustBeWhole(input, seen);
    if (driftOf(input, seen) === null) return;
    const found = seen.layer === null ? null : layerId(seen.layer);
    await parts.layer(input.dir, filesFor(input, seen.publicKey), found);
  },

  async undo({ target }, input, before) {
    const parts = rootfsParts(target);
    const seen = await lookAtRootfs(target, input);
    const found = seen.layer === null ? null : layerId(seen.layer);
    if (
      input.state === 'absent' &&
      (found !== before.layer || (seen.publicKey === null && before.key))
    ) {
      throw new PermanentError('irreversible', `layer and key of ${input.dir} were removed`, {
        hint: 'Make them anew with nspawn.rootfs; the machines then get another key.',
      });
    }
    if (before.layer === null) await parts.removeLayer(input.dir);
    else if (found !== before.layer && !(await parts.restore(input.dir, before.layer))) {
      throw new PermanentError('undo-failed', `the former layer of ${input.dir} is gone`, {
        hint: 'Make it anew with nspawn.rootfs and its former input.',
      });
    }
    if (!before.key && input.key !== undefined) await parts.removeKey(input.key);
  },

  examples: [
    {
      title: 'A layer over the parts that were built, with a key of its own',
      input: {
        dir: '/var/lib/runbook/lab/layer',
        base: '/var/cache/runbook/parts/current/rootfs',
        key: '/var/lib/runbook/lab/id_ed25519',
        hosts: { router: '192.168.10.200', 'k8s-w0': '192.168.20.100' },
      },
    },
    {
      title: 'The same without parts: a small Debian with a router in it',
      input: {
        dir: '/var/lib/runbook/lab/layer',
        base: '/var/cache/runbook/debian',
        debootstrap: {
          suite: 'bookworm',
          mirror: 'http://mirror.example/debian',
          packages: ['frr', 'frr-pythontools'],
        },
        key: '/var/lib/runbook/lab/id_ed25519',
      },
    },
  ],
  notes: `Machines mount the layer over the base, and their own disk over both, so a lab costs a few MB per
machine.

- The layer has /etc/hosts, /etc/resolv.conf, the authorized keys (for every account) and sshd's
  configuration: only the machine's own ed25519 host key is shown.
- The base must hold systemd and sshd, and sshd must read /etc/ssh/sshd_config.d. It is never
  changed; one made by debootstrap is a cache for all labs, and undo leaves it.
- A changed layer takes the place of the former one, which is kept beside it for undo. Machines that
  run keep what they were started with.
- \`absent\` also removes the key, for good: undo says so and touches nothing.`,
});
