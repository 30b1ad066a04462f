import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { kernelName, parseDepends, parseModuleState } from './module-state.js';

/** Prints the kernel's release and how it has module $1 (with _ for -). A built-in one may show nowhere but in modules.builtin. */
const stateScript = `set -eu
uname -r
if [ -f "/sys/module/$1/initstate" ]; then cat "/sys/module/$1/initstate"
elif [ -d "/sys/module/$1" ]; then echo builtin
elif tr - _ < "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null | grep -q "/$1\\.ko"; then echo builtin
else echo absent; fi
`;

/** Prints those of the named modules that are not there. */
const absentScript = 'for m; do [ -d "/sys/module/$m" ] || echo "$m"; done';

/** A module as it was found. */
export interface FoundModule {
  readonly kernel: string;
  readonly builtin: boolean;
  readonly loaded: boolean;
  /** Modules that loading it brings, in that order, it itself last; empty where it is there. */
  readonly absent: readonly string[];
  /** Why the running kernel has no such module, in the words of modprobe; null where it has. */
  readonly missing: string | null;
}

/** Looks for a module in the running kernel, and loads nothing. */
export async function findModule(target: Target, module: string): Promise<FoundModule> {
  const name = kernelName(module);
  const looked = await target.run('sh', ['-c', stateScript, 'module', name], {
    failure: 'check-failed',
  });
  const { kernel, state } = parseModuleState(looked.stdout);
  const there = { kernel, builtin: state === 'builtin', loaded: true, absent: [], missing: null };
  if (state !== 'absent') return there;
  // Tells in advance, and without loading anything, whether the module exists and what comes with it.
  const probe = await target.run('modprobe', ['--show-depends', '--', module], { exits: [0, 1] });
  if (probe.exitCode === 1) {
    const missing = excerpt(plainText(probe.stderr), 200);
    return { ...there, builtin: false, loaded: false, missing };
  }
  const { modules, builtin } = parseDepends(probe.stdout);
  if (builtin) return { ...there, builtin };
  const all = modules.length === 0 ? [name] : modules;
  const answer = await target.run('sh', ['-c', absentScript, 'absent', ...all]);
  const absent = answer.stdout.split('\n').filter((line) => line !== '');
  // The name may be an alias: the module itself is the last one.
  const loaded = !absent.includes(all.at(-1) ?? name);
  return { kernel, builtin: false, loaded, absent: loaded ? [] : absent, missing: null };
}
