import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineAction, targetName } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { sameJson } from '../../core/json.js';
import type { Target } from '../../core/target.js';
import { adminConf } from './admin.js';

/** The parts of a kubeconfig file that are renamed. */
interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, unknown>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, unknown>> }[];
}

/** The administrator's credentials under names of the reader's choice. */
export function renamed(source: Kubeconfig, context: string, server?: string): object {
  const [cluster] = source.clusters;
  const [user] = source.users;
  if (cluster === undefined || user === undefined) {
    throw new PermanentError('action-failed', `${adminConf} names no cluster or no user`);
  }
  const own = server === undefined ? {} : { server: `https://${server}` };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { ...cluster.cluster, ...own } }],
    users: [{ name: context, user: user.user }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
  };
}

async function wanted(controlPlane: Target, context: string, server?: string): Promise<object> {
  const args = ['config', 'view', `--kubeconfig=${adminConf}`, '--raw', '--minify'];
  const options = { sudo: true, log: 'quiet' as const };
  const source = await controlPlane.json<Kubeconfig>(
    'kubectl',
    [...args, '--output=json'],
    options,
  );
  return renamed(source, context, server);
}

/** Prints the file; where there is none, the first folder on the way to it that does not exist, and ends with 3. */
const read = `if [ -e "$1" ] || [ -L "$1" ]; then exec cat -- "$1"; fi
folder=$(dirname -- "$1") missing=
while [ ! -e "$folder" ]; do missing=$folder; folder=$(dirname -- "$folder"); done
printf %s "$missing"
exit 3`;

interface Found {
  /** Null where there is no such file. */
  readonly content: string | null;
  /** The first folder on the way to the file that does not exist; null where all do. */
  readonly missing: string | null;
}

async function look(host: Target, path: string): Promise<Found> {
  const result = await host.run('sh', ['-euc', read, 'sh', path], { exits: [0, 3], log: 'quiet' });
  if (result.exitCode === 0) return { content: result.stdout, missing: null };
  return { content: null, missing: result.stdout === '' ? null : result.stdout };
}

function hash(content: string | null): string | null {
  return content === null ? null : createHash('sha256').update(content).digest('hex');
}

/** Where a file that was there before waits for undo. */
function keptAt(path: string, sha256: string): string {
  return `${path}.${sha256.slice(0, 16)}`;
}

/** Writes standard input to $1; what was there goes to $2, unless that is empty. */
const write = `umask 077
mkdir -p -- "$(dirname -- "$1")"
cat > "$1.new"
if [ -n "$2" ] && [ ! -e "$2" ]; then cp -p -- "$1" "$2"; fi
mv -f -- "$1.new" "$1"`;

/** Puts $2 back to $1, or removes $1 where $2 is empty, and the empty folders on the way to it from $3 on. */
const putBack = `if [ -z "$2" ]; then rm -f -- "$1"; else mv -f -- "$2" "$1"; fi
rm -f -- "$1.new"
[ -n "$3" ] || exit 0
folder=$(dirname -- "$1")
while rmdir -- "$folder" 2>/dev/null && [ "$folder" != "$3" ]; do folder=$(dirname -- "$folder"); done`;

function parsed(content: string | null): unknown {
  try {
    return JSON.parse(content ?? 'null');
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A kubeconfig file for a cluster, on a machine from which it is used. */
export const kubeadmKubeconfig = defineAction({
  name: 'kubeadm.kubeconfig',
  summary: "Writes a kubeconfig file with a cluster's administrator and a context of its own name.",
  impact: 'change',
  on: 'host',
  input: z.strictObject({
    controlPlane: targetName('host').describe(
      "Host of the cluster's control plane, with the administrator's credentials of kubeadm.",
    ),
    path: z
      .string()
      .max(400)
      .regex(/^\/[^\0\n]*[^/\0\n]$/, 'write an absolute path')
      .describe('File to write, on the machine of this step.'),
    context: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]*$/, 'not the name of a context')
      .describe('Name of the context, and of cluster and user in the file.'),
    server: z
      .string()
      .regex(/^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\]):\d{1,5}$/, 'write host:port')
      .optional()
      .describe(
        'Address and port of the API server as seen from there; as seen from the cluster unless told.',
      ),
  }),
  output: z.strictObject({
    path: z.string().describe('The file.'),
    context: z.string().describe('Its context.'),
  }),
  resource: ({ path }) => `file${path}`,
  async check(ctx, input) {
    const { content, missing } = await look(ctx.target, input.path);
    const made = await wanted(ctx.on(input.controlPlane), input.context, input.server);
    let drift: string | null = null;
    if (content === null) drift = `${input.path} does not exist`;
    else if (!sameJson(parsed(content), made))
      drift = `${input.path} is for another cluster or user`;
    return {
      before: { sha256: hash(content), missing },
      drift,
      output: { path: input.path, context: input.context },
    };
  },
  async apply(ctx, input, before) {
    const made = await wanted(ctx.on(input.controlPlane), input.context, input.server);
    const { content } = await look(ctx.target, input.path);
    if (sameJson(parsed(content), made)) return;
    const found = hash(content);
    if (found !== before.sha256) {
      throw new RunbookError('action-failed', `${input.path} was changed by others meanwhile`);
    }
    const kept = found === null ? '' : keptAt(input.path, found);
    await ctx.target.run('sh', ['-euc', write, 'sh', input.path, kept], {
      input: `${JSON.stringify(made, null, 2)}\n`,
      failure: 'action-failed',
    });
  },
  async undo(ctx, input, before) {
    const { content } = await look(ctx.target, input.path);
    // Where nothing was, half an apply may have made the folder alone.
    if (content !== null && hash(content) === before.sha256) return;
    const kept = before.sha256 === null ? '' : keptAt(input.path, before.sha256);
    const script = ['-euc', putBack, 'sh', input.path, kept, before.missing ?? ''];
    await ctx.target.run('sh', script, {
      failure: 'undo-failed',
    });
  },
  examples: [
    {
      title: "The lab's cluster, for runbook itself",
      input: {
        controlPlane: 'k8s-ctr',
        path: '/var/lib/runbook/labs/bgp/kubeconfig',
        context: 'lab',
      },
    },
  ],
  notes: `The credentials go from machine to machine through the worker's memory: never into the history, a log or
an argument. The file is readable by its owner alone.

- Folders on the way to the file are made where they are missing; undo removes them again when they are empty.
- A file that was there is kept beside it, under its name and the beginning of its SHA-256, and undo moves
  it back.
- These are the credentials of the cluster's administrator: they pass every check of rights.`,
});
