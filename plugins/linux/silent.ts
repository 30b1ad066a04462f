import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { isRunbookError } from '../../core/errors.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';

/** Why the machine cannot be reached, as text; null where it answers. */
async function silence(target: Target): Promise<string | null> {
  try {
    await target.run('true', [], { timeout: '10s' });
    return null;
  } catch (error) {
    // A machine that refuses the login, or shows another key, has answered.
    if (!isRunbookError(error)) throw error;
    if (error.code !== 'unreachable' && error.code !== 'command-timeout') throw error;
    return error.message;
  }
}

/** Whether a machine does not answer. */
export const linuxSilent = defineAction({
  name: 'linux.silent',
  summary: 'Holds when a machine cannot be reached: the login does not answer.',
  impact: 'read',
  on: 'host',
  slow: true,
  input: z.strictObject({}),
  output: z.strictObject({
    why: z.string().nullable().describe('What the attempt to reach it ended with.'),
  }),
  settle: { timeout: '2m', every: '2s' },
  async check({ target }) {
    const why = await silence(target);
    return {
      before: null,
      drift: why === null ? `${target.name} answers` : null,
      output: { why: why === null ? null : excerpt(why, 256) },
    };
  },
  examples: [{ title: 'The machine is down', input: {} }],
  notes: `One witness of several: a machine that does not answer may only be cut off. Ask the control plane
(\`kube.node-down\`) and whoever runs the machine as well, before its power is cut.

- Refusing the login or showing another host key is an answer, and an error here.
- A frozen machine does not answer either: then the command runs out of its 10 s.`,
});
