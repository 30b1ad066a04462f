import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import { bootIdOf } from './boot-id.js';

/** Starts a machine anew, once. */
export const linuxRebooted = defineAction({
  name: 'linux.rebooted',
  summary: 'The machine has been started anew since a known boot.',
  impact: 'disrupt',
  on: 'host',
  input: z.strictObject({
    from: z
      .uuid()
      .describe('Identity of the boot that must be over: the output bootId of linux.boot.'),
  }),
  output: z.strictObject({
    bootId: z.string().describe('Identity of the boot that it is in now.'),
  }),
  timeout: '15m',
  settle: { timeout: '10m', every: '1s' },
  resource: () => 'boot',
  async check({ target }, { from }) {
    const bootId = await bootIdOf(target);
    return {
      before: null,
      drift: bootId === from ? `still in the boot ${from}` : null,
      output: { bootId },
    };
  },
  async apply({ target }, { from }) {
    // A reboot by somebody else, since the check, is as good; a second one would only hurt.
    if ((await bootIdOf(target)) !== from) return;
    try {
      // Answers before the machine goes down; the connection may break all the same.
      await target.run('systemctl', ['reboot', '--no-ask-password'], {
        sudo: true,
        timeout: '60s',
      });
    } catch (error) {
      if (!isRunbookError(error) || error.code !== 'unreachable') throw error;
    }
  },
  undo: 'nothing',
  examples: [
    {
      title: 'A reboot that happens once, however often the step is tried',
      input: { from: '3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d' },
    },
  ],
  notes: `Idempotent by the identity of the boot that is to be left: take it with \`linux.boot\` in an earlier step.
A worker that dies while the machine goes down finds another boot when it looks again, and does not reboot it a second
time. Done when the machine answers from its new boot; that its services are up is for later steps to see.`,
});
