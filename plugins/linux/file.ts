import { z } from 'zod';
import { defineAction, maySecret, type ActionContext } from '../../core/action.js';
import { isObject } from '../../core/json.js';
import { bring, putBack, type BringOptions } from './files/bring.js';
import { look } from './files/look.js';
import { differences, type Wanted } from './files/wanted.js';
import { absolutePath, userName } from './input.js';

const json = z.union([z.record(z.string(), z.json()), z.array(z.json())]);

const inputSchema = z
  .strictObject({
    path: absolutePath.describe('Absolute path of the file or directory.'),
    content: maySecret(
      z
        .string()
        .max(65_536)
        .regex(/^\P{Surrogate}*$/u, 'not a text: it has half a character'),
    )
      .optional()
      .describe('The whole content, as text.'),
    json: maySecret(json)
      .optional()
      .describe('The whole content, as a value that is written as JSON with sorted keys.'),
    directory: z.literal(true).optional().describe('There must be a directory.'),
    absent: z
      .literal(true)
      .optional()
      .describe('There must be nothing; only a file or an empty directory is removed.'),
    owner: userName.optional().describe('Owner: a user of the target, or a number.'),
    group: userName.optional().describe('Group: a group of the target, or a number.'),
    mode: z
      .string()
      .regex(/^[0-7]{3,4}$/, 'write it in octal and in quotes, such as "0644"')
      .optional()
      .describe('Permissions in octal, quoted; 0644 for a new file, 0755 for a new directory.'),
    parents: z.boolean().default(false).describe('Make missing directories above it.'),
    follow: z
      .boolean()
      .default(false)
      .describe('Where the path is a symbolic link, act on what it leads to.'),
    sensitive: z
      .boolean()
      .default(false)
      .describe(
        'Never show the content, nor keep it anywhere but on the target; so it is with a secret in it anyway.',
      ),
    sudo: z.boolean().default(false).describe('Act as root where the login user is another.'),
  })
  .refine(
    ({ content, json, directory, absent }) =>
      [content, json, directory, absent].filter((given) => given !== undefined).length === 1,
    'write exactly one of content, json, directory and absent',
  )
  .refine(
    ({ absent, owner, group, mode, parents }) =>
      absent === undefined || [owner, group, mode].every((v) => v === undefined && !parents),
    'what is absent has no owner, group, mode or parents',
  );

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

type Input = z.output<typeof inputSchema>;

/** The input with what its secrets bring along. */
function guarded({ secrets }: ActionContext, input: Input): Input {
  return secrets.length === 0 ? input : { ...input, sensitive: true };
}

function wantedOf(input: Input): Wanted {
  if (input.absent) return { kind: 'absent' };
  const owned = {
    mode: input.mode ?? null,
    owner: input.owner ?? null,
    group: input.group ?? null,
  };
  if (input.directory) return { kind: 'directory', ...owned };
  const text = input.content ?? `${JSON.stringify(sorted(input.json), null, 2)}\n`;
  return { kind: 'file', text, sensitive: input.sensitive, ...owned };
}

function optionsOf({ follow, sudo, sensitive, parents }: Input): BringOptions {
  return { follow, sudo, sensitive, parents };
}

/** Brings one file or directory into the wanted state. */
export const linuxFile = defineAction({
  name: 'linux.file',
  summary: 'Brings a file or directory to the wanted content, owner and mode, or removes it.',
  impact: 'change',
  on: 'host',
  input: inputSchema,
  output: z.strictObject({
    path: z.string().describe('Path that was acted on: where the link leads, with `follow`.'),
    sha256: z.string().nullable().describe('Sum of the content; null where there is no file.'),
  }),
  settle: { timeout: '10s', every: '1s' },
  resource: ({ path }) => `file/${path}`,
  async check(ctx, written) {
    const input = guarded(ctx, written);
    const seen = await look(ctx.target, input.path, optionsOf(input));
    const { state, path } = seen;
    return {
      before: state,
      drift: differences(wantedOf(input), seen),
      output: { path, sha256: state.kind === 'file' ? state.sha256 : null },
    };
  },
  async apply(ctx, written, before) {
    const input = guarded(ctx, written);
    await bring(ctx, input.path, wantedOf(input), before, optionsOf(input));
  },
  async undo(ctx, written, before) {
    const input = guarded(ctx, written);
    await putBack(ctx, input.path, before, optionsOf(input));
  },
  examples: [
    {
      title: 'Let the router hash flows over ports as well (read at boot)',
      input: {
        path: '/etc/sysctl.d/60-ecmp.conf',
        content: 'net.ipv4.fib_multipath_hash_policy = 1\n',
        owner: 'root',
        group: 'root',
        mode: '0644',
      },
    },
    {
      title: 'Configure the container runtime, with the folder where it is missing',
      input: {
        path: '/etc/docker/daemon.json',
        json: { 'log-driver': 'json-file', 'log-opts': { 'max-size': '10m' } },
        parents: true,
      },
    },
    {
      title: 'Remove the CNI configuration that kubeadm reset leaves behind',
      input: { path: '/etc/cni/net.d/05-cilium.conflist', absent: true },
    },
    {
      title: 'A folder for captures that only root may enter',
      input: { path: '/var/lib/captures', directory: true, owner: 'root', mode: '0700' },
    },
  ],
  notes: `Writes beside the file, checks the sum of what arrived, flushes, and renames: a reader sees the
old file or the new one, never half of it, and a lost connection leaves nothing behind.

- A symbolic link at the end of the path is reported and not touched, unless \`follow: true\`.
- \`before\` holds a small text that everybody may read. Anything else (private, binary, over half a
  KiB) is copied to \`/var/lib/runbook/<run>/kept\` on the target (without root:
  \`~/.local/state/runbook\`) before it is replaced, and undo checks its sha256.
- Content of files that not everybody may read is never shown nor kept in the history. Its sum is.
- Access lists and extended attributes of a replaced file are kept; its other hard links keep the
  old content, since the name gets a new file.
- Undo of a new file removes it, and the folders made for it if they are empty by then.
- With \`json\` the text is compared, not the value: formatting by hand is drift.`,
});
