import { z } from 'zod';
import { defineAction, duration, type ActionContext } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { describe, isCut, powers, type DomainState } from '../libvirt/domain.js';
import { domainName } from '../libvirt/input.js';
import { switchTo } from '../libvirt/power.js';
import { machineName, placeFields } from './input.js';
import { lookInside, type Inside } from './machine/inside.js';
import { domainOf, machineState, systemDaemon } from './machine/state.js';
import { ask } from './vagrant.js';

const inputSchema = z.strictObject({
  ...placeFields,
  name: machineName.describe('Machine of the Vagrantfile.'),
  state: z
    .enum(['running', 'absent'])
    .default('running')
    .describe('What it must be; `absent` removes it with its disk.'),
  prefix: domainName
    .optional()
    .describe("Beginning of its domain's name; that of the folder unless told."),
  addresses: z
    .array(z.cidrv4())
    .max(8)
    .default([])
    .describe('Addresses that it must have, such as 192.168.10.100/24.'),
  timeout: duration().prefault('15m').describe('The longest that one `vagrant up` may take.'),
  stopTimeout: duration()
    .prefault('60s')
    .describe('For undo: the longest to wait until it has shut down, before its power is cut.'),
});
type Input = z.output<typeof inputSchema>;

interface Seen {
  readonly state: DomainState;
  /** What it tells of itself, or why it does not; null where it does not run. */
  readonly inside: Inside | string | null;
}

function domain({ dir, name, prefix }: Input): string {
  return domainOf(dir, name, prefix);
}

async function look({ target }: ActionContext, input: Input): Promise<Seen> {
  const state = await machineState(target, input, input.name, domain(input));
  const asked = state.power === 'running' && input.state === 'running';
  return { state, inside: asked ? await lookInside(target, input, input.name) : null };
}

/** Addresses that it ought to have once it has started, and has not. */
function lacking({ addresses }: Input, inside: Inside): string[] {
  if (!inside.started) return [];
  return addresses.filter((address) => !inside.addresses.includes(address));
}

function differs(input: Input, { state, inside }: Seen): string | null {
  const { name } = input;
  if (input.state === 'absent') {
    return state.power === 'absent' ? null : `${name} exists, and is ${describe(state)}`;
  }
  if (state.power === 'absent') return `${name} does not exist`;
  if (isCut(state)) return `${name} has lost its power: ${describe(state)}`;
  if (state.power !== 'running') return `${name} is ${describe(state)}`;
  if (inside === null || typeof inside === 'string') {
    return excerpt(`${name} runs, but does not answer: ${inside ?? 'not asked'}`, 256);
  }
  if (!inside.started) return `${name} is still starting`;
  const lacks = lacking(input, inside);
  return lacks.length === 0 ? null : `${name} runs without ${lacks.join(', ')}`;
}

/** Has vagrant remove it; what it says of itself counts less than what is there afterwards. */
async function destroy({ target }: ActionContext, input: Input): Promise<void> {
  await ask(target, input, ['destroy', '--force', input.name], { timeout: '5m' });
}

/** Makes, starts and removes a machine of vagrant. */
export const vagrantMachine = defineAction({
  name: 'vagrant.machine',
  summary: 'Makes, starts or removes a virtual machine by vagrant, and has it answer.',
  impact: 'disrupt',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    name: z.string().describe('Name of the machine.'),
    power: z.enum(powers).describe('What its provider says; `saved` is off, with its memory kept.'),
    reason: z.string().nullable().describe('Why, such as booted or destroyed (its power was cut).'),
    domain: z.string().describe('Its name at libvirt, for libvirt.machine.'),
    address: z.string().nullable().describe('Address at which vagrant reaches it.'),
    hostKey: z.string().nullable().describe('Public key of its sshd, for known_hosts.'),
    bootId: z.string().nullable().describe('Identity of this boot.'),
  }),
  timeout: '20m',
  settle: { timeout: '5m', every: '2s' },
  resource: ({ dir, name }) => `machine/${dir}/${name}`,
  async check(ctx, input) {
    const seen = await look(ctx, input);
    const inside = typeof seen.inside === 'string' ? null : seen.inside;
    return {
      before: { power: seen.state.power },
      drift: differs(input, seen),
      output: {
        name: input.name,
        ...seen.state,
        domain: domain(input),
        address: inside?.address ?? null,
        hostKey: inside?.hostKey ?? null,
        bootId: inside?.bootId ?? null,
      },
    };
  },
  async apply(ctx, input) {
    const { target } = ctx;
    const { name, provider, timeout } = input;
    const { state, inside } = await look(ctx, input);
    if (input.state === 'absent') {
      if (state.power !== 'absent') await destroy(ctx, input);
      return;
    }
    if (state.power === 'running') {
      // One that does not answer yet is waited for. One without its addresses was left half made by an
      // earlier `up`, which sets them only while it starts a machine.
      const half =
        inside !== null && typeof inside !== 'string' && lacking(input, inside).length > 0;
      if (half) await ask(target, input, ['reload', '--no-provision', name], { timeout });
      return;
    }
    ctx.report(`vagrant up ${name}`);
    await ask(target, input, ['up', '--no-destroy-on-error', `--provider=${provider}`, name], {
      timeout,
    });
  },
  async undo(ctx, input, before) {
    const { name } = input;
    const { power } = await machineState(ctx.target, input, name, domain(input));
    if (power === before.power) return;
    if (before.power === 'absent') return destroy(ctx, input);
    if (power === 'absent') {
      throw new PermanentError('irreversible', `machine ${name}: its disk was removed`, {
        hint: 'Make it anew: vagrant.machine with state: running.',
      });
    }
    if (input.provider === 'libvirt') {
      const { stopTimeout } = input;
      const of = { uri: systemDaemon, domain: domain(input), stop: 'forced', stopTimeout } as const;
      return switchTo(ctx, of, before.power);
    }
    const verb = {
      off: 'halt',
      saved: 'suspend',
      paused: 'suspend',
      running: 'up',
    }[before.power];
    await ask(ctx.target, input, [verb, name], { timeout: '5m' });
  },
  examples: [
    {
      title: 'A router that runs, answers and has its addresses',
      input: {
        dir: '/srv/lab',
        name: 'router',
        addresses: ['192.168.10.200/24', '192.168.20.200/24'],
      },
    },
    {
      title: 'Remove it with its disk',
      input: { dir: '/srv/lab', name: 'router', state: 'absent' },
    },
  ],
  notes: `The Vagrantfile is written before, by vagrant.environment.

- \`vagrant status\` exits 0 in every state, and calls a machine of libvirt that has lost its power, was
  halted or was saved alike \`shutoff\`: \`virsh domstate --reason\` tells them apart here.
- \`vagrant up\` is run with \`--no-destroy-on-error\`: by itself it *removes* a machine that did not boot in
  time. Its exit code is not the proof: the machine must run, answer by ssh, have started
  its services, and have its addresses.
- An \`up\` that failed half-way leaves a machine that runs without its addresses: it is started anew.
- Two vagrants on one machine: the second fails with \`MachineActionLockedError\` and is tried again. Bring
  up the machines of one folder one after the other, since they share a lock.
- A domain of that name that is not this folder's is refused.
- Undo removes only a machine that was not there before; one that was off is shut down again. A removed
  disk does not come back.
- The host key is taken by vagrant's own ssh, which checks none: believe it where vagrant reaches the
  machine over a network of this host alone, as it does with libvirt.`,
});
