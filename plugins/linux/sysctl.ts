import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { PermanentError } from '../../core/errors.js';
import { excerpt, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { bring, putBack } from './files/bring.js';
import { look } from './files/look.js';
import { differences, type Wanted } from './files/wanted.js';
import {
  normalValue,
  overridden,
  sysctlFile,
  sysctlFolders,
  sysctlName,
  sysctlPath,
  type SysctlPath,
} from './sysctl-key.js';
import { parameter, runtimeValue } from './sysctl-look.js';

const inputSchema = z.strictObject({
  key: parameter,
  value: z
    .union([z.int().transform(String), z.string().max(256)])
    .refine((value) => /^[^\0\n\r]*\S[^\0\n\r]*$/.test(value), 'one line, and not empty')
    .describe('Value; several numbers are separated by blanks.'),
  persist: z
    .boolean()
    .default(true)
    .describe('Keep it for the next boot. False for a network namespace, which has no boot.'),
});
type Input = z.output<typeof inputSchema>;

/** @throws PermanentError `refused` where the kernel does not take the value. */
async function setRuntime(target: Target, path: SysctlPath, value: string): Promise<void> {
  const options = { sudo: true, input: `${value}\n`, exits: [0, 1] };
  const { exitCode, stderr } = await target.run('tee', [`/proc/sys/${path}`], options);
  if (exitCode === 0) return;
  const why = excerpt(plainText(stderr), 200);
  throw new PermanentError(
    'refused',
    `${target.name}: ${sysctlName(path)} cannot be set to '${value}': ${why}`,
    { hint: 'Correct the value; some parameters are read-only, or take certain values only.' },
  );
}

/** @throws PermanentError `refused` where a later file would undo the setting at boot. */
async function refuseOverride(target: Target, path: SysctlPath, value: string): Promise<void> {
  const ours = sysctlFile(path);
  const args = ['-RHsE', '--include=*.conf', '^[[:space:]]*-?[[:space:]]*[A-Za-z]'];
  // 1: no line matches; 2: one of the folders is missing. Both are usual.
  const { stdout } = await target.run('grep', [...args, '--', ...sysctlFolders], {
    exits: [0, 1, 2],
    failure: 'check-failed',
  });
  const other = overridden(stdout, path, value, ours);
  if (other === null) return;
  throw new PermanentError(
    'refused',
    `${target.name}: at boot ${other.file} comes after ${ours} and sets ${sysctlName(path)} to '${other.value}'`,
    { hint: `Change ${other.file} (linux.file), or set persist: false.` },
  );
}

function fileFor(path: SysctlPath, value: string): Wanted {
  const text = `${sysctlName(path)} = ${normalValue(value)}\n`;
  return { kind: 'file', text, sensitive: false, mode: null, owner: null, group: null };
}

/** Sets a kernel parameter, now and for the next boot. */
export const linuxSysctl = defineAction({
  name: 'linux.sysctl',
  summary: 'Sets a kernel parameter, now and for the next boot.',
  impact: 'change',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    value: z.string().describe('Value in force, with one blank between numbers.'),
  }),
  settle: { timeout: '5s', every: '500ms' },
  resource: ({ key }) => `sysctl/${sysctlName(sysctlPath(key))}`,
  async check({ target }, { key, value, persist }: Input) {
    const path = sysctlPath(key);
    const now = await runtimeValue(target, path);
    const drift: string[] = [];
    const name = sysctlName(path);
    if (now !== normalValue(value)) drift.push(`${name} is '${now}' instead of '${value}'`);
    // Looked at in any case: a later step of the run may write it, and is undone with this one.
    const file = await look(target, sysctlFile(path), { sudo: true });
    if (persist) {
      await refuseOverride(target, path, value);
      const differs = differences(fileFor(path, value), file);
      const missing = file.state.kind === 'absent';
      if (differs !== null) drift.push(missing ? 'not kept for the next boot' : differs);
    }
    return {
      before: { value: now, file: file.state },
      drift: drift.length === 0 ? null : excerpt(drift.join('; '), 256),
      output: { value: now },
    };
  },
  async apply(ctx, { key, value, persist }, before) {
    const path = sysctlPath(key);
    if (persist) {
      const options = { sudo: true, parents: true };
      await bring(ctx, sysctlFile(path), fileFor(path, value), before.file, options);
    }
    if ((await runtimeValue(ctx.target, path)) === normalValue(value)) return;
    await setRuntime(ctx.target, path, normalValue(value));
  },
  async undo(ctx, { key }, before) {
    const path = sysctlPath(key);
    if ((await runtimeValue(ctx.target, path)) !== before.value) {
      await setRuntime(ctx.target, path, before.value);
    }
    await putBack(ctx, sysctlFile(path), before.file, { sudo: true });
  },
  examples: [
    {
      title: 'Let a router hash flows over addresses and ports',
      input: { key: 'net.ipv4.fib_multipath_hash_policy', value: 1 },
    },
    {
      title: 'Loose reverse path filter on a VLAN interface, whose name has a dot',
      input: { key: 'net/ipv4/conf/eth0.100/rp_filter', value: 2 },
    },
    {
      title: 'More local ports for a client in a network namespace',
      input: { key: 'net.ipv4.ip_local_port_range', value: '10240 65000', persist: false },
    },
  ],
  notes: `Compares and sets the value in force (\`/proc/sys\`) and the file
\`/etc/sysctl.d/90-runbook-<key>.conf\`, so that a machine restart keeps it. Undo puts back the old
value and removes the file, or restores the one found there.

- A file that comes later at boot (\`99-…\`) and sets the same key to something else is an error: the
  value would be gone after a restart. Order and precedence as in sysctl.d(5).
- The value is written to \`/proc/sys\` itself: \`sysctl -w\` of procps 4.0.2 ends with 0 for a
  read-only key although it prints \`Invalid argument\`.
- Keys below \`net\` belong to the network namespace of the target; set \`persist: false\` for a target
  reached \`via: netns/…\`.
- Where the kernel rounds a value, the step does not settle: write the value that it keeps.`,
});
