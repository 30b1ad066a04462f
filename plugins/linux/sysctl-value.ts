import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { sysctlName, sysctlPath } from './sysctl-key.js';
import { parameter, runtimeValue } from './sysctl-look.js';

/** Tells what a kernel parameter is set to. */
export const linuxSysctlValue = defineAction({
  name: 'linux.sysctl-value',
  summary: 'Tells the value of a kernel parameter that is in force.',
  impact: 'read',
  on: 'host',
  input: z.strictObject({ key: parameter }),
  output: z.strictObject({
    name: z.string().describe('The parameter, with dots unless a part of it has some.'),
    value: z.string().describe('Value in force, with one blank between numbers.'),
  }),
  async check({ target }, { key }) {
    const path = sysctlPath(key);
    const value = await runtimeValue(target, path);
    return { before: null, drift: null, output: { name: sysctlName(path), value } };
  },
  examples: [
    {
      title: 'By what does a router hash flows?',
      input: { key: 'net.ipv4.fib_multipath_hash_policy' },
    },
  ],
  notes: `Reads \`/proc/sys\`, and always holds: give its output to a condition, such as an approval that is asked for
only where \`linux.sysctl\` would change the value. A parameter that the kernel does not have is an error.`,
});
