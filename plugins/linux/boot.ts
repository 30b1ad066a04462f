import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { bootIdOf } from './boot-id.js';

/** Tells which boot a machine is in. */
export const linuxBoot = defineAction({
  name: 'linux.boot',
  summary: 'Tells the identity of the present boot of a machine.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({}),
  output: z.strictObject({
    bootId: z
      .string()
      .describe('Identity of this boot: another one after each start of the machine.'),
  }),
  async check({ target }) {
    return { before: null, drift: null, output: { bootId: await bootIdOf(target) } };
  },
  examples: [{ title: 'Which boot is this?', input: {} }],
  notes:
    'Reads `/proc/sys/kernel/random/boot_id`, which the kernel (and systemd-nspawn for its machines) makes anew at each start. Give its output to `linux.rebooted`.',
});
