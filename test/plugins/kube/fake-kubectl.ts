import { RunbookError } from '../../../core/errors.js';
import type { CommandOptions, CommandResult, Target } from '../../../core/target.js';

/** What a fake kubectl does with its arguments: an answer, an exit code with words, or null: no answer. */
export type Reply = string | { readonly exitCode: number; readonly stderr: string } | null;

/** A cluster whose kubectl answers as told; every call is noted. */
export function fakeCluster(
  reply: (args: readonly string[], input: string) => Reply,
  server = 'https://192.168.10.100:6443',
): {
  readonly cluster: Target;
  readonly calls: string[];
} {
  const calls: string[] = [];
  const run = (
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> => {
    // Where its kubeconfig says that it is; nothing of the cluster itself.
    const own = args[0] === 'config' && args[1] === 'view';
    if (!own) calls.push([command, ...args].join(' '));
    const said = own
      ? JSON.stringify({ clusters: [{ cluster: { server } }] })
      : reply(args, String(options.input ?? ''));
    if (said === null) {
      return Promise.reject(new RunbookError('command-timeout', 'kubectl did not end'));
    }
    const result = { truncated: false, durationMs: 1 };
    return Promise.resolve(
      typeof said === 'string'
        ? { ...result, exitCode: 0, stdout: said, stderr: '' }
        : { ...result, exitCode: said.exitCode, stdout: '', stderr: said.stderr },
    );
  };
  const cluster: Target = {
    name: 'lab',
    kind: 'cluster',
    cluster: 'lab',
    address: null,
    vars: {},
    run,
    json: () => Promise.reject(new Error('not used')),
  };
  return { cluster, calls };
}
