import type { ActionContext } from '../../../core/action.js';
import { failureOf, helm, type Place } from './helm.js';

/** Puts what comes into file $1, whole or not at all, for nobody else to read. */
const write = `set -eu
umask 077
mkdir -p -- "\${1%/*}/"
cat > "$1.part"
mv -fT -- "$1.part" "$1"`;

/**
 * Writes the values of a revision to a file of the worker's machine, as `helm upgrade --values` takes them.
 * They may hold secrets: neither log nor history see them.
 */
export async function saveValues(
  ctx: ActionContext,
  place: Place,
  revision: number,
  path: string,
): Promise<void> {
  const command = ['get values', '--revision', String(revision), '--output', 'json'] as const;
  const { exitCode, stdout, stderr } = await helm(ctx.target, place, [...command]);
  if (exitCode !== 0) throw failureOf(ctx.target.name, `get values ${place.name}`, stderr);
  const values = stdout.trim() === 'null' ? '{}\n' : stdout;
  await ctx.on('local').run('sh', ['-c', write, 'write', path], { input: values, log: 'quiet' });
}
