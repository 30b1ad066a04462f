import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import { sameJson } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { bring, putBack } from './files/bring.js';
import { look } from './files/look.js';
import { differences, type Wanted } from './files/wanted.js';
import { findModule, type FoundModule } from './module-look.js';
import { kernelName, moduleName } from './module-state.js';

const inputSchema = z.strictObject({
  module: moduleName.describe('Module, such as geneve; - and _ are the same.'),
  persist: z.boolean().default(true).describe('Load it at every boot as well.'),
});

/**
 * Removes module $1, then those others that came with it; one that something else uses by now stays. A network
 * device does not hold the module of its kind: rmmod would take the device with it, so devices are looked for.
 * Ends with 66 where $1 itself is in use.
 */
const removeScript = `set -eu
devices() {
  for kind in $(modinfo -F alias "$1" 2>/dev/null | sed -n 's/^rtnl-link-//p'); do
    ip -o link show type "$kind" 2>/dev/null | sed -n 's/^[0-9]*: \\([^:@]*\\).*/\\1/p'
  done
}
remove() {
  held=$(devices "$1")
  [ -z "$held" ] || { echo "devices of $1:" $held >&2; return 1; }
  rmmod -- "$1"
}
main=$1
for m; do
  [ -d "/sys/module/$m" ] || continue
  remove "$m" || [ "$m" != "$main" ] || exit 66
done
`;

/** @throws PermanentError `refused` where the running kernel has no such module. */
async function find(target: Target, module: string): Promise<FoundModule> {
  const found = await findModule(target, module);
  if (found.missing === null) return found;
  throw new PermanentError(
    'refused',
    `${target.name}: kernel ${found.kernel} has no module ${module}: ${found.missing}`,
    { hint: 'Install the package with the modules of this kernel, or boot one that has it.' },
  );
}

function fileOf(module: string): string {
  return `/etc/modules-load.d/90-runbook-${kernelName(module)}.conf`;
}

function wantedFile(module: string): Wanted {
  const text = `${module}\n`;
  return { kind: 'file', text, sensitive: false, mode: null, owner: null, group: null };
}

/** Loads a kernel module, now and at every boot. */
export const linuxKernelModule = defineAction({
  name: 'linux.kernel-module',
  summary: 'Loads a kernel module, now and at every boot.',
  impact: 'change',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    kernel: z.string().describe('Release of the running kernel.'),
    builtin: z.boolean().describe('True where the module is part of the kernel.'),
  }),
  settle: { timeout: '10s', every: '1s' },
  resource: ({ module }) => `module/${kernelName(module)}`,
  async check({ target }, { module, persist }) {
    const { kernel, builtin, loaded, absent } = await find(target, module);
    const drift = loaded ? [] : [`${module} is not loaded (kernel ${kernel})`];
    // Looked at in any case: a later step of the run may write it, and is undone with this one.
    const file = await look(target, fileOf(module), { sudo: true });
    if (persist && !builtin) {
      const differs = differences(wantedFile(module), file);
      const missing = file.state.kind === 'absent';
      if (differs !== null) drift.push(missing ? 'not loaded at boot' : differs);
    }
    return {
      before: { loaded, absent, file: file.state },
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { kernel, builtin },
    };
  },
  async apply(ctx, { module, persist }, before) {
    const { loaded, builtin } = await find(ctx.target, module);
    if (persist && !builtin) {
      const options = { sudo: true, parents: true };
      await bring(ctx, fileOf(module), wantedFile(module), before.file, options);
    }
    if (loaded) return;
    const { exitCode, stderr } = await ctx.target.run('modprobe', ['--', module], {
      sudo: true,
      timeout: '60s',
      exits: [0, 1],
    });
    if (exitCode === 0) return;
    throw new PermanentError(
      'refused',
      `${ctx.target.name}: ${module} cannot be loaded: ${excerpt(plainText(stderr), 200)}`,
      {
        hint: 'dmesg on the host tells more; a kernel without loadable modules needs it built in.',
      },
    );
  },
  async undo(ctx, { module }, before) {
    if (!before.loaded) {
      const names = before.absent.toReversed();
      const { exitCode, stderr } = await ctx.target.run(
        'sh',
        ['-c', removeScript, 'remove', ...names],
        { sudo: true, exits: [0, 66] },
      );
      if (exitCode === 66) {
        throw new RunbookError(
          'undo-failed',
          `${ctx.target.name}: ${module} is in use: ${excerpt(plainText(stderr), 200)}`,
          {
            hint: 'Stop what uses it (lsmod names modules), delete the devices (ip link del), then retry.',
          },
        );
      }
    }
    await putBack(ctx, fileOf(module), before.file, { sudo: true });
  },
  restored(before, found) {
    if (before.loaded !== found.loaded) return before.loaded ? 'not loaded' : 'still loaded';
    return sameJson(before.file, found.file) ? null : 'the file for the boot is not as it was';
  },
  examples: [
    { title: 'Geneve for the DSR dispatch of Cilium', input: { module: 'geneve' } },
    {
      title: 'Bridge netfilter for this boot only',
      input: { module: 'br_netfilter', persist: false },
    },
  ],
  notes: `Loaded means: a folder in \`/sys/module\`, or a line in \`modules.builtin\` of the running kernel (a
built-in module without parameters shows nowhere else, and needs no file for the boot). The boot is
\`/etc/modules-load.d/90-runbook-<module>.conf\`.

- A module that this kernel does not have is refused by the check already, so a plan tells it.
- Undo removes only what loading brought: the module and those of its dependencies that were not
  loaded before. \`modprobe -r\` would also remove dependencies that had been there, unused. A
  dependency that something else uses by now stays. Where something uses the module itself, another
  module or a network device of its kind in the host's own namespace, undo fails and tells which.
- Loading is not the whole effect: Cilium reports "DSR / Geneve" with the device missing. Check the
  device or the agent's module health too.`,
});
