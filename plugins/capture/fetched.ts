import { z } from 'zod';
import { defineAction, type ActionContext } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { captureName, pathOf } from './input.js';

const inputSchema = z.strictObject({
  name: captureName.describe('Name of the capture on the host.'),
  to: z
    .string()
    .regex(/^\/[^\0]*[^/\0]$/, 'write an absolute path of a file')
    .describe("File on the worker's machine that is to hold it."),
});

/** Sum and size of file $1, or \`none\`. */
const look = `[ -f "$1" ] || { echo none; exit 0; }
sum=$(sha256sum < "$1") && echo "\${sum%% *} $(stat -c %s -- "$1")"`;

/** How many of the folders towards file $1 are not there. */
const missing = `n=0 d=\${1%/*}
while [ -n "$d" ] && [ ! -e "$d" ]; do n=$((n + 1)); d=\${d%/*}; done
echo "$n"`;

/** Block number $2 of file $1, of 1 MiB, in base64. */
const block = `dd if="$1" bs=1048576 skip="$2" count=1 status=none | base64 -w0`;

/** Puts what comes in base64 behind file $1; $2 is \`first\` where it begins anew. */
const append = `set -eu
umask 077
mkdir -p -- "\${1%/*}/"
[ "$2" != first ] || rm -f -- "$1"
base64 -d >> "$1"`;

/** Puts file $1.part in the place of $1 where its sum is $2. */
const place = `set -eu
got=$(sha256sum < "$1.part")
[ "\${got%% *}" = "$2" ] || { rm -f -- "$1.part"; exit 65; }
mv -fT -- "$1.part" "$1"`;

/** Removes file $1, and the nearest $2 of the folders towards it, as far as they are empty. */
const remove = `set -eu
rm -f -- "$1" "$1.part"
n=$2 d=\${1%/*}
while [ "$n" -gt 0 ]; do rmdir -- "$d" 2>/dev/null || break; n=$((n - 1)); d=\${d%/*}; done`;

interface Copy {
  readonly sha256: string | null;
  readonly bytes: number;
}

async function see(target: Target, path: string): Promise<Copy> {
  const { stdout } = await target.run('sh', ['-c', look, 'look', path], {
    sudo: true,
    failure: 'check-failed',
  });
  const [, sha256, bytes] = /^([0-9a-f]{64}) (\d+)$/.exec(stdout.trim()) ?? [];
  if (sha256 !== undefined) return { sha256, bytes: Number(bytes) };
  if (stdout.trim() === 'none') return { sha256: null, bytes: 0 };
  throw new RunbookError('check-failed', `${target.name}: ${path} cannot be looked at`);
}

async function missingFolders(target: Target, path: string): Promise<number> {
  const { stdout } = await target.run('sh', ['-c', missing, 'missing', path], {
    failure: 'check-failed',
  });
  return Number(stdout.trim());
}

async function copy(ctx: ActionContext, from: string, to: string, source: Copy): Promise<void> {
  const local = ctx.on('local');
  const blocks = Math.max(1, Math.ceil(source.bytes / 1_048_576));
  for (let at = 0; at < blocks; at += 1) {
    ctx.report(`${from} of ${ctx.target.name}: ${at} of ${blocks} MiB`);
    const options = { sudo: true, log: 'quiet', timeout: '60s' } as const;
    const { stdout } = await ctx.target.run(
      'sh',
      ['-c', block, 'block', from, String(at)],
      options,
    );
    const args = ['-c', append, 'append', `${to}.part`, at === 0 ? 'first' : 'next'];
    await local.run('sh', args, { input: stdout, log: 'quiet', timeout: '60s' });
  }
  const sum = source.sha256 ?? '';
  const { exitCode } = await local.run('sh', ['-c', place, 'place', to, sum], { exits: [0, 65] });
  if (exitCode === 0) return;
  throw new RunbookError('action-failed', `${ctx.target.name}: ${from} has changed on its way`);
}

/** Brings a capture to the worker's machine. */
export const captureFetched = defineAction({
  name: 'capture.fetched',
  summary: "Copies a capture from its host to the worker's machine, whole.",
  impact: 'change',
  on: 'host',
  slow: true,
  input: inputSchema,
  output: z.strictObject({
    path: z.string().describe("File on the worker's machine."),
    bytes: z.int().describe('Its size.'),
  }),
  timeout: '15m',
  settle: { timeout: '10s', every: '1s' },
  resource: ({ to }) => `file${to}`,
  async check(ctx, { name, to }) {
    const [source, here] = [await see(ctx.target, pathOf(name)), await see(ctx.on('local'), to)];
    // Once it was removed from its host, the copy is all there is.
    const gone = source.sha256 === null;
    const same = here.sha256 !== null && (gone || source.sha256 === here.sha256);
    return {
      before: { sha256: here.sha256, folders: await missingFolders(ctx.on('local'), to) },
      drift: same ? null : `the capture ${name} of ${ctx.target.name} is not in ${to}`,
      output: { path: to, bytes: here.bytes },
    };
  },
  async apply(ctx, { name, to }, before) {
    const source = await see(ctx.target, pathOf(name));
    const here = await see(ctx.on('local'), to);
    if (source.sha256 === null) {
      if (here.sha256 !== null) return;
      throw new PermanentError('not-found', `${ctx.target.name} has no capture ${name}`, {
        hint: 'Take it first: capture.packets.',
      });
    }
    if (source.sha256 === here.sha256) return;
    if (before.sha256 !== null) {
      throw new PermanentError('refused', `local: ${to} is there, and is not this capture`, {
        hint: 'Choose another path, or move the file away.',
      });
    }
    await copy(ctx, pathOf(name), to, source);
  },
  async undo(ctx, { to }, before) {
    if (before.sha256 !== null) return;
    const args = ['-c', remove, 'remove', to, String(before.folders)];
    await ctx.on('local').run('sh', args, { failure: 'undo-failed' });
  },
  // A folder stays as long as captures of other hosts are in it, and goes with the last.
  restored: (before, found) =>
    before.sha256 === found.sha256 ? null : 'the copy is still there, or is another',
  examples: [
    {
      title: 'Bring it here, to be read',
      input: { name: 'bgp', to: '/var/lib/runbook/captures/bgp-router.pcap' },
    },
  ],
  notes: `In blocks of 1 MiB over the connection that is there, then compared by its sum and put in place whole; one that
was interrupted begins anew. Only its owner may read it, and nothing of it is in a log.

- A file that is there and is not this capture is never replaced.
- Remove it from the host with a \`restore\` of the step that took it.`,
});
