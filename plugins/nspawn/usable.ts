import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import { requirements } from './input.js';
import { mustBePossible } from './preflight.js';

/** Whether a host can run machines of systemd-nspawn. */
export const nspawnUsable = defineAction({
  name: 'nspawn.usable',
  summary: 'Holds when the host can run machines of a lab: tools, control groups, room.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({
    requires: requirements.optional().describe('Memory and disk that must be free.'),
  }),
  output: z.strictObject({
    obstacle: z.string().nullable().describe('What stands in the way; null when nothing does.'),
  }),
  settle: { timeout: '10s', every: '1s' },
  async check({ target }, { requires }) {
    try {
      const tools = ['systemd-nspawn', 'ip', 'nsenter', 'unshare', 'flock', 'ssh-keyscan'] as const;
      await mustBePossible(target, { tools, groups: true, requires });
      return { before: null, drift: null, output: { obstacle: null } };
    } catch (error) {
      if (!isRunbookError(error)) throw error;
      if (error.code !== 'tool-missing' && error.code !== 'refused') throw error;
      const obstacle = excerpt(error.message, 256);
      return { before: null, drift: obstacle, output: { obstacle } };
    }
  },
  examples: [
    { title: 'Can this host run a lab?', input: {} },
    { title: 'With this much room?', input: { requires: { memory: 2600, disk: 2048 } } },
  ],
  notes: `The same look that nspawn.network and nspawn.machine take before they make anything: root, systemd-nspawn and its
companions, and control groups that can be handed to machines.`,
});
