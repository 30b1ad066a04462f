import { PermanentError, RunbookError } from '../../../core/errors.js';
import type { CommandResult, Target } from '../../../core/target.js';
import { failureOf, refusalOf, type Refusal } from './failure.js';

/** How a kubectl command is run. */
export interface KubectlOptions {
  /** What the command is for, for messages: `patch node k8s-w0`. */
  readonly doing?: string;
  readonly input?: string;
  readonly timeout?: string;
  /** Keeps the output out of the run's log: long lists that are read again and again, and secrets. */
  readonly quiet?: boolean;
}

/** The most that a list may take; one of 5,000 pods with a few fields of each takes 2 MiB. */
const maxList = 64 * 1024 * 1024;

/** An answer of kubectl: what it printed, or why it did not do it. */
export type Answer =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly refusal: Refusal; readonly exitCode: number };

function doing(args: readonly string[], options: KubectlOptions): string {
  return options.doing ?? `kubectl ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`;
}

/** Runs kubectl, and leaves it to the caller what a refusal means. */
export async function ask(
  cluster: Target,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<Answer> {
  const result: CommandResult = await cluster.run('kubectl', args, {
    exits: 'any',
    timeout: options.timeout ?? '30s',
    capture: maxList,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.quiet === true ? { log: 'quiet' as const } : {}),
  });
  if (result.exitCode !== 0) {
    return { ok: false, refusal: refusalOf(result.stderr), exitCode: result.exitCode };
  }
  if (result.truncated) {
    throw new PermanentError(
      'output-too-large',
      `${cluster.name}: ${doing(args, options)} printed more than ${maxList} bytes`,
    );
  }
  return { ok: true, stdout: result.stdout };
}

/**
 * Runs kubectl; answers its standard output.
 * @throws RunbookError `action-failed` or `unreachable`; PermanentError `refused`, `login-failed`,
 *   `cluster-mismatch`, `output-too-large`.
 */
export async function kubectl(
  cluster: Target,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const answer = await ask(cluster, args, options);
  if (answer.ok) return answer.stdout;
  throw failureOf(cluster.name, doing(args, options), answer.refusal);
}

/** Parses what `-o json` printed. */
export function parseJson(cluster: Target, what: string, stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new RunbookError('action-failed', `${cluster.name}: ${what} did not print JSON`, {
      cause,
    });
  }
}

/** One object, or null where there is none of that name. */
export async function find<T>(
  cluster: Target,
  kind: string,
  name: string,
  namespace?: string,
): Promise<T | null> {
  const place = namespace === undefined ? [] : [`--namespace=${namespace}`];
  const args = ['get', kind, name, ...place, '--ignore-not-found', '--output=json'];
  const stdout = await kubectl(cluster, args);
  return stdout.trim() === '' ? null : (parseJson(cluster, `kubectl get ${kind}`, stdout) as T);
}

/** The objects of a kind, by selectors given as options. */
export async function list<T>(
  cluster: Target,
  kind: string,
  options: readonly string[],
): Promise<readonly T[]> {
  const args = ['get', kind, ...options, '--output=json'];
  const stdout = await kubectl(cluster, args, { quiet: true });
  const answer = parseJson(cluster, `kubectl get ${kind}`, stdout) as { items?: readonly T[] };
  return answer.items ?? [];
}
