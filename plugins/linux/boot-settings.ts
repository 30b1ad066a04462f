import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import { lacking } from './boot-settings/force.js';
import { keptOf, keptScript, parseFiles } from './boot-settings/kept.js';

/** Whether what is kept for every boot is in force. */
export const linuxBootSettings = defineAction({
  name: 'linux.boot-settings',
  summary: 'Holds when the sysctls, modules and routes that are kept for every boot are in force.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({}),
  output: z.strictObject({
    kept: z.int().describe('Settings that are kept for every boot.'),
    lacking: z.int().describe('Those that are not in force.'),
  }),
  settle: { timeout: '60s', every: '1s' },
  async check({ target }) {
    const { stdout } = await target.run('sh', ['-c', keptScript], {
      sudo: true,
      failure: 'check-failed',
    });
    const { kept, strange } = keptOf(parseFiles(stdout));
    const lacks = [
      ...strange.map((path) => `${path} is not as it was written`),
      ...(await lacking(target, kept)),
    ];
    return {
      before: null,
      drift: lacks.length === 0 ? null : excerpt(`${target.name}: ${lacks.join('; ')}`, 256),
      output: { kept: kept.length + strange.length, lacking: lacks.length },
    };
  },
  examples: [{ title: 'After a restart', input: {} }],
  notes: `Reads the files that \`linux.sysctl\`, \`linux.kernel-module\` and \`linux.boot-route\` write for the boot
(\`90-runbook-…\`), and asks the kernel for each: what was only set by hand is gone after a restart, and what
was kept may have been overruled by a later file.

- Holds where nothing is kept.
- Settings of others are not looked at.`,
});
