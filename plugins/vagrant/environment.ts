import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { bring, putBack } from '../linux/files/bring.js';
import { look } from '../linux/files/look.js';
import { differences, type Wanted } from '../linux/files/wanted.js';
import { environmentSchema, type Environment } from './input.js';
import { domainOf } from './machine/state.js';
import { vagrantfile } from './vagrantfile.js';

const path = ({ dir }: Environment): string => `${dir}/Vagrantfile`;

function wanted(environment: Environment): Wanted {
  const text = vagrantfile(environment);
  return { kind: 'file', text, sensitive: false, mode: null, owner: null, group: null };
}

/** Writes the Vagrantfile of an environment out of the inventory. */
export const vagrantEnvironment = defineAction({
  name: 'vagrant.environment',
  summary: 'Writes the Vagrantfile of some machines and their networks out of the inventory.',
  impact: 'change',
  on: 'host',
  input: environmentSchema,
  output: z.strictObject({
    path: z.string().describe('Path of the Vagrantfile.'),
    domains: z
      .record(z.string(), z.string())
      .describe('Name at libvirt of each of the first twelve machines.'),
  }),
  settle: { timeout: '10s', every: '1s' },
  resource: ({ dir }) => `vagrantfile/${dir}`,
  async check({ target }, input) {
    const seen = await look(target, path(input));
    const text = seen.text ?? '';
    const foreign = seen.state.kind === 'file' && !text.startsWith('# Made by runbook');
    if (foreign) {
      throw new PermanentError(
        'refused',
        `${target.name}: ${path(input)} was written by somebody else`,
        { hint: 'Choose another folder, or move the file away.' },
      );
    }
    const domains = input.machines
      .slice(0, 12)
      .map(({ name }) => [name, domainOf(input.dir, name, input.prefix)] as const);
    return {
      before: seen.state,
      drift: differences(wanted(input), seen),
      output: { path: path(input), domains: Object.fromEntries(domains) },
    };
  },
  async apply(ctx, input, before) {
    await bring(ctx, path(input), wanted(input), before, { parents: true });
  },
  async undo(ctx, input, before) {
    await putBack(ctx, path(input), before, { parents: true });
  },
  examples: [
    {
      title: 'A router between two networks, and a node',
      input: {
        dir: '/srv/lab',
        box: 'debian/bookworm64',
        boxVersion: '12.20250126.1',
        machines: [
          {
            name: 'router',
            nics: [
              { network: 'lab10', address: '192.168.10.200/24' },
              { network: 'lab20', address: '192.168.20.200/24' },
            ],
          },
          {
            name: 'node',
            cpus: 2,
            memory: 1536,
            nics: [{ network: 'lab10', address: '192.168.10.100/24' }],
          },
        ],
      },
    },
  ],
  notes: `A pure function of its input, so that the inventory is the one place that says which machines there are:
\`machines: "\${{ inventory.groups.machines.map(n, inventory.hosts[n].machine) }}"\`.

- Pin the box (\`boxVersion\`, or \`boxUrl\` with \`boxSha256\`): machines made today and tomorrow are then the same.
- No shared folder, no provisioners: what the machines are to be is for the steps that follow, which check.
- Networks are isolated ones of libvirt, without DHCP; the host has the first address that is free in each,
  so that it reaches the machines at theirs. Their removal is vagrant's, with the last machine on them.
- A changed file changes no machine that is there already: remove that first.
- A Vagrantfile that somebody else wrote is refused.`,
});
