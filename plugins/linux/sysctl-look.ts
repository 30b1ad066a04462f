import { z } from 'zod';
import { PermanentError } from '../../core/errors.js';
import { jsonBytes } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { normalValue, sysctlKey, sysctlName, type SysctlPath } from './sysctl-key.js';

/** Name of a kernel parameter, in either spelling. */
export const parameter = z
  .string()
  .max(180)
  .regex(sysctlKey, 'write it as net.ipv4.ip_forward, or with / where a part has dots')
  .describe(
    'Kernel parameter, such as net.ipv4.ip_forward; with slashes where a part has dots, such as net/ipv4/conf/eth0.100/rp_filter.',
  );

/** Prints a parameter; ends with 66 where the kernel has none of that name. */
const readScript = '[ -f "/proc/sys/$1" ] || exit 66; exec cat -- "/proc/sys/$1"';

/**
 * The value in force, with one blank between numbers.
 * @throws PermanentError `refused` where there is no such parameter, or its value is too long to be kept.
 */
export async function runtimeValue(target: Target, path: SysctlPath): Promise<string> {
  const { exitCode, stdout } = await target.run('sh', ['-c', readScript, 'sysctl', path], {
    sudo: true,
    exits: [0, 66],
    failure: 'check-failed',
  });
  if (exitCode === 66) {
    throw new PermanentError(
      'refused',
      `${target.name}: the kernel has no parameter ${sysctlName(path)}`,
      { hint: 'Correct the name, or load the module that brings it first.' },
    );
  }
  const value = normalValue(stdout);
  if (jsonBytes(value) > 256) {
    throw new PermanentError(
      'refused',
      `${target.name}: the value of ${sysctlName(path)} is too long to be remembered`,
      { hint: 'Use linux.command with an undo of its own.' },
    );
  }
  return value;
}
