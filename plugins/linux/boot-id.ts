import { PermanentError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';

/** Identity of the present boot, from the kernel. */
export async function bootIdOf(target: Target): Promise<string> {
  const { stdout } = await target.run('cat', ['/proc/sys/kernel/random/boot_id'], {
    timeout: '10s',
    failure: 'check-failed',
  });
  const id = stdout.trim();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw new PermanentError(
      'check-failed',
      `${target.name}: its boot id is not one: '${id.slice(0, 60)}'`,
    );
  }
  return id;
}
