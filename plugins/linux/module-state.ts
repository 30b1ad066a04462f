import { z } from 'zod';

/** Name of a kernel module, for the schema of an input. */
export const moduleName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,54}$/, 'not the name of a kernel module');

/** How a kernel knows a module by name. */
export interface ModuleState {
  /** Release of the running kernel. */
  readonly kernel: string;
  readonly state: 'builtin' | 'live' | 'coming' | 'going' | 'absent';
}

/** Name as the kernel has it: modprobe takes - and _ for the same. */
export function kernelName(module: string): string {
  return module.replaceAll('-', '_');
}

const states = ['live', 'coming', 'going'] as const;

/** Reads two lines: the kernel's release, and `builtin`, `absent` or the module's initstate. */
export function parseModuleState(stdout: string): ModuleState {
  const [kernel = '', word = ''] = stdout.split('\n');
  if (word === 'builtin' || word === 'absent') return { kernel, state: word };
  return { kernel, state: states.find((state) => state === word) ?? 'coming' };
}

/**
 * Modules that `modprobe --show-depends` names, in the order of loading, the wanted one last; `builtin`
 * where that one is part of the kernel. Lines of other kinds (`install …`) name no module.
 */
export function parseDepends(stdout: string): { modules: string[]; builtin: boolean } {
  const lines = stdout.split('\n').filter((line) => line !== '');
  const modules = lines
    .map((line) => /^insmod (?:.*\/)?([^/\s]+)\.ko(?:\.[a-z0-9]+)?(?:\s|$)/.exec(line)?.[1])
    .filter((name) => name !== undefined)
    .map(kernelName);
  return { modules, builtin: lines.at(-1)?.startsWith('builtin ') ?? false };
}
