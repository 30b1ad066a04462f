import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { kernelName } from '../module-state.js';
import { parseRoutes } from '../route-table.js';
import { normalValue, sysctlPath } from '../sysctl-key.js';
import type { Kept } from './kept.js';

/** Prints a line per argument pair: kind and name; what is in force of it. */
const script = `while [ $# -gt 1 ]; do
  case $1 in
    sysctl) if [ -r "/proc/sys/$2" ]; then tr '\\n' ' ' < "/proc/sys/$2"; fi; echo ;;
    module)
      if [ -d "/sys/module/$2" ]; then echo there
      elif tr - _ < "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null | grep -q "/$2\\.ko"; then echo there
      else echo absent; fi ;;
  esac
  shift 2
done
`;

async function routed(target: Target, to: string, via: string): Promise<boolean> {
  const family = via.includes(':') ? '-6' : '-4';
  const args = [family, '-N', '-d', '-j', 'route', 'show', 'exact', to];
  const { stdout } = await target.run('ip', args, { failure: 'check-failed' });
  return parseRoutes(stdout).some(({ hops }) => hops.some(({ gateway }) => gateway === via));
}

/** What of the kept settings is not in force, in words. */
export async function lacking(target: Target, kept: readonly Kept[]): Promise<string[]> {
  const plain = kept.filter((one) => one.kind !== 'route');
  const args = plain.flatMap((one) =>
    one.kind === 'sysctl' ? ['sysctl', sysctlPath(one.key)] : ['module', kernelName(one.name)],
  );
  const options = { failure: 'check-failed' } as const;
  const { stdout } = await target.run('sh', ['-c', script, 'force', ...args], options);
  const told = stdout.split('\n');
  if (told.length <= plain.length && plain.length > 0) {
    throw new RunbookError('check-failed', `${target.name}: what is in force was cut off`);
  }
  const lacks = plain.flatMap((one, at) => {
    const now = normalValue(told[at] ?? '');
    if (one.kind === 'module') return now === 'there' ? [] : [`${one.name} is not loaded`];
    return now === normalValue(one.value)
      ? []
      : [`${one.key} is '${now}' instead of '${one.value}'`];
  });
  for (const one of kept) {
    if (one.kind !== 'route' || (await routed(target, one.to, one.via))) continue;
    lacks.push(`no route to ${one.to} via ${one.via}`);
  }
  return lacks;
}
