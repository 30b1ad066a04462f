import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { makeDisk } from './machine/disk.js';
import { foundIn, machineDrift, unfit } from './machine/drift.js';
import { machineInput, type MachineInput } from './machine/input.js';
import { powerOf } from './machine/power.js';
import { unreachable } from './machine/reachable.js';
import { settingsOf } from './machine/settings.js';
import { statusOf, type MachineStatus } from './machine/status.js';
import { namespaceOf, plainAddress } from './names.js';
import { mustBePossible } from './preflight.js';

/** A running machine with these settings, whatever there is now. */
async function start(
  ctx: ActionContext,
  input: MachineInput,
  settingsId: string,
  fits: (status: MachineStatus) => boolean,
): Promise<void> {
  const power = powerOf(ctx.target, input);
  const status = await statusOf(ctx.target, input);
  const on = status.state === 'running' || status.state === 'starting';
  if (on && fits(status)) {
    if (status.state === 'starting') await power.start(settingsId);
    return;
  }
  if (on) await power.stop('stop', input.stopTimeout);
  await power.start(settingsId);
}

async function down(ctx: ActionContext, input: MachineInput, cut: boolean): Promise<void> {
  const status = await statusOf(ctx.target, input);
  if (status.state === 'absent' && status.remains.length === 0) return;
  if (status.state === 'stopped' && status.remains.length === 0) return;
  ctx.report(`${input.name} ${cut ? 'loses its power' : 'shuts down'}`);
  await powerOf(ctx.target, input).stop(cut ? 'cut' : 'stop', input.stopTimeout);
}

/** Makes, starts, stops and removes one machine of a lab. */
export const nspawnMachine = defineAction({
  name: 'nspawn.machine',
  summary: 'Makes, starts, stops or removes a machine of a lab: a container with systemd and sshd.',
  impact: 'disrupt',
  on: 'host',
  input: machineInput,
  output: z.strictObject({
    name: z.string().describe('Name of the machine.'),
    state: z
      .enum(['absent', 'stopped', 'starting', 'running'])
      .describe('What it is; `starting` also between the two halves of a reboot.'),
    address: z.string().nullable().describe('Address of its first interface.'),
    namespace: z.string().describe('Its network namespace on the host.'),
    hostKey: z
      .string()
      .nullable()
      .describe('Public key of its sshd, for known_hosts; there before its first boot.'),
    bootId: z.string().nullable().describe('Identity of this boot; another one after each.'),
    ended: z.string().nullable().describe('Why it is down.'),
  }),
  settle: { timeout: '60s', every: '200ms' },
  resource: ({ prefix, name }) => `machine/${prefix}/${name}`,

  async check({ target }, input) {
    const status = await statusOf(target, input);
    const drift = machineDrift(input, status);
    if (drift !== null && input.state !== 'absent') {
      await mustBePossible(target, {
        tools: [
          'systemd-nspawn',
          'ip',
          'nsenter',
          'unshare',
          'setsid',
          'flock',
          'mount',
          'find',
          'ssh-keygen',
          'ssh-keyscan',
        ],
        groups: true,
        overlay: input.dir,
        requires: input.requires,
      });
    }
    const first = input.nics[0]?.address;
    return {
      before: foundIn(status),
      drift,
      output: {
        name: input.name,
        state: status.state,
        address: first === undefined ? null : plainAddress(first),
        namespace: namespaceOf(input.prefix, input.name),
        hostKey: status.hostKey,
        bootId: status.bootId,
        ended: status.ended,
      },
    };
  },

  async apply(ctx, input) {
    switch (input.state) {
      case 'running': {
        await makeDisk(ctx.target, input);
        const settings = settingsOf(input);
        await powerOf(ctx.target, input).prepare(settings);
        await start(ctx, input, settings.id, (status) => unfit(input, status) === null);
        return;
      }
      case 'stopped':
        await down(ctx, input, input.force);
        await makeDisk(ctx.target, input);
        return;
      case 'absent':
        await down(ctx, input, true);
        await powerOf(ctx.target, input).remove();
    }
  },

  async verify({ target }, input) {
    const status = await statusOf(target, input);
    const drift = machineDrift(input, status);
    if (drift !== null || input.state !== 'running') return drift;
    return unreachable(target, input, status.hostKey);
  },

  async undo(ctx, input, before) {
    if (before.state === 'absent') {
      await down(ctx, input, true);
      await powerOf(ctx.target, input).remove();
      return;
    }
    const { state } = await statusOf(ctx.target, input);
    if (state === 'absent') {
      throw new PermanentError('irreversible', `machine ${input.name}: its disk was removed`, {
        hint: 'Restore a snapshot of it (nspawn.snapshot), or make it anew.',
      });
    }
    if (before.state === 'stopped') await down(ctx, input, false);
    else if (before.settings !== null) {
      const { settings } = before;
      await start(
        ctx,
        input,
        settings,
        (status) => status.supervised && status.connected && status.settingsId === settings,
      );
    }
  },

  examples: [
    {
      title: 'A router with two interfaces',
      input: {
        name: 'router',
        state: 'running',
        prefix: 'lab',
        dir: '/var/lib/runbook/lab/machines/router',
        layers: ['/var/lib/runbook/lab/layer', '/var/cache/runbook/rootfs'],
        nics: [
          { name: 'eth1', bridge: 'br10', address: '192.168.10.200/24' },
          { name: 'eth2', bridge: 'br20', address: '192.168.20.200/24' },
        ],
      },
    },
    {
      title: 'A Kubernetes node with a prepared containerd store',
      input: {
        name: 'k8s-w0',
        state: 'running',
        prefix: 'lab',
        dir: '/var/lib/runbook/lab/machines/k8s-w0',
        layers: ['/var/lib/runbook/lab/layer', '/var/cache/runbook/rootfs'],
        nics: [{ name: 'eth1', bridge: 'br20', address: '192.168.20.100/24' }],
        gateway: '192.168.20.200',
        seed: { from: '/var/cache/runbook/golden', to: '/var/lib/containerd' },
        volumes: ['/var/lib/kubelet'],
        binds: [{ from: '/var/cache/runbook/bin', to: '/opt/kube', readOnly: true }],
      },
    },
    {
      title: 'A power cut, as a crash drill needs it',
      input: {
        name: 'k8s-w0',
        state: 'stopped',
        force: true,
        prefix: 'lab',
        dir: '/var/lib/runbook/lab/machines/k8s-w0',
        layers: ['/var/lib/runbook/lab/layer', '/var/cache/runbook/rootfs'],
      },
    },
  ],
  notes: `A machine is systemd in systemd-nspawn, with its own network namespace, control groups and disk: it
answers ssh a second after its start, and takes some 20 MiB. Its kernel is the host's.

- The disk is an overlay over the \`layers\`; \`volumes\` are plain folders. The host key is made
  with the disk, so known_hosts can be written before the first connection: \`state: stopped\` makes
  the disk only.
- A supervisor on the host boots the machine, and boots it again after \`systemctl reboot\` in it:
  with a new boot id, and without the interfaces, routes, sysctls and BPF programs of the last boot,
  as a real machine. After \`poweroff\` it is down, and the check says why. Console and supervisor
  write to \`<dir>/log\`.
- \`force: true\` is a power cut: first the links go, then every process at once. Without it the
  machine is asked to power off, and cut when it has not within \`stopTimeout\`; so is one that is
  frozen.
- Other settings than those it runs with are drift: apply shuts it down and starts it anew; undo
  starts it with the former.
- Undo of \`absent\` is not possible once the disk is gone: it says so and touches nothing.
- Control groups: version 1 (hybrid) and version 2 alone; all controllers are handed to the machine.
  On version 2 the machine's systemd has its own top group, as kubelet with \`cgroupDriver:
  cgroupfs\` wants it.
- Verified by sshd answering with the machine's own host key, asked from the lab's network.`,
});
