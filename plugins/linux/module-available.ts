import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { findModule } from './module-look.js';
import { moduleName } from './module-state.js';

/** Whether the kernel of a host has a module. */
export const linuxModuleAvailable = defineAction({
  name: 'linux.module-available',
  summary:
    'Holds when the running kernel of a host has a module: loaded, built in, or to be loaded.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({
    module: moduleName.describe('Module, such as geneve; - and _ are the same.'),
  }),
  output: z.strictObject({
    kernel: z.string().describe('Release of the running kernel.'),
    loaded: z.boolean().describe('Whether it is loaded, or built in.'),
  }),
  settle: { timeout: '1s', every: '1s' },
  async check({ target }, { module }) {
    const { kernel, loaded, missing } = await findModule(target, module);
    const drift = `${target.name}: kernel ${kernel} has no module ${module}: ${missing ?? ''}`;
    return {
      before: null,
      drift: missing === null ? null : excerpt(drift, 256),
      output: { kernel, loaded },
    };
  },
  examples: [{ title: 'Cilium can make its Geneve device', input: { module: 'geneve' } }],
  notes: `The guard of a runbook that will load the module (\`linux.kernel-module\`): asked by
\`modprobe --show-depends\`, which loads nothing. A kernel without it is named before anything is touched.

- Tools that need a module may claim to work without it: Cilium reports "DSR / Geneve" on a kernel that
  cannot make the device, its pods are Ready, and only the health of its modules tells.`,
});
