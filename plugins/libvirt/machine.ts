import { z } from 'zod';
import { defineAction, duration } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { describe, domainState, isOff, powers, type DomainState } from './domain.js';
import { connection, domainName } from './input.js';
import { stops, switchTo } from './power.js';

const inputSchema = z.strictObject({
  domain: domainName.describe('Domain of libvirt, such as lab_router.'),
  state: z.enum(['running', 'off']).describe('Whether it must run.'),
  stop: z
    .enum(stops)
    .default('graceful')
    .describe(
      'How it is brought down: `graceful` asks it to shut down and fails where it does not; `forced` asks, and cuts its power after `stopTimeout`; `cut` cuts its power at once.',
    ),
  stopTimeout: duration()
    .prefault('60s')
    .describe('The longest to wait for a machine that was asked to shut down.'),
  uri: connection,
});
type Input = z.output<typeof inputSchema>;

function differs({ domain, state }: Input, found: DomainState): string | null {
  const fits = state === 'off' ? isOff(found.power) : found.power === state;
  return fits ? null : `${domain} is ${describe(found)} instead of ${state}`;
}

/** Switches the power of a virtual machine. */
export const libvirtMachine = defineAction({
  name: 'libvirt.machine',
  summary: 'Starts a virtual machine of libvirt, shuts it down, or cuts its power.',
  impact: 'disrupt',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    power: z
      .enum(powers)
      .describe(
        'What libvirt says; `saved` is off, with the memory kept, so that a start goes on from there.',
      ),
    reason: z
      .string()
      .nullable()
      .describe('Why, such as booted, shutdown, destroyed (its power was cut) or crashed.'),
  }),
  timeout: '10m',
  settle: { timeout: '60s', every: '1s' },
  resource: ({ domain }) => `domain/${domain}`,
  async check({ target }, input) {
    const found = await domainState(target, input.uri, input.domain);
    if (found.power === 'absent') {
      throw new PermanentError('refused', `${target.name}: libvirt has no domain ${input.domain}`, {
        hint: 'virsh list --all tells the names; vagrant calls a machine <folder>_<machine>.',
      });
    }
    return { before: { power: found.power }, drift: differs(input, found), output: { ...found } };
  },
  async apply(ctx, input) {
    await switchTo(ctx, input, input.state);
  },
  async undo(ctx, input, before) {
    await switchTo(ctx, input, before.power);
  },
  examples: [
    {
      title: 'Start a machine that has lost its power',
      input: { domain: 'lab_router', state: 'running' },
    },
    {
      title: 'Shut it down; cut its power where it does not within two minutes',
      input: { domain: 'lab_router', state: 'off', stop: 'forced', stopTimeout: '2m' },
    },
    {
      title: 'A power cut, to see what the others make of it',
      input: { domain: 'lab_router', state: 'off', stop: 'cut' },
    },
  ],
  notes: `Asks \`virsh domstate --reason\`: vagrant calls a machine that was halted, saved or cut off alike
\`shutoff\`.

- \`vagrant halt --force\` is a request to shut down (ACPI), and fails where nobody hears it. Only
  \`stop: cut\` (\`virsh destroy\`) is a power cut. The disk stays.
- Running is not booted: wait for the machine itself (linux.boot, vagrant.reachable, kube.node-ready).
- A saved machine counts as off: its memory is kept. Started, it goes on where it was, and its clock is
  behind until something sets it.
- Undo switches back to what was found, paused and saved too; programs that ran in it do not come
  back.
- vagrant sees a machine that virsh has started as running: both know it by the same UUID.`,
});
