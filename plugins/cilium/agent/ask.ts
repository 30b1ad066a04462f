import { isRunbookError } from '../../../core/errors.js';
import { excerpt, plainText } from '../../../core/excerpt.js';
import type { CommandResult, Target } from '../../../core/target.js';
import { agentContainer, type Agent } from './pods.js';

/** What an agent said; or that it said nothing, which is never to be taken for "none". */
export type Told<T> =
  { readonly told: T } | { readonly told?: undefined; readonly silence: string };

/**
 * `kubectl exec` into the container of a node that is gone only ends after half a minute. One that
 * answers proves that this container runs now, on this boot: the API's word for it may be old.
 */
const patience = '15s';

const mostBytes = 16 * 1024 * 1024;

function lastWords({ exitCode, stdout, stderr }: CommandResult): string {
  const last =
    plainText(stderr || stdout)
      .trim()
      .split('\n')
      .at(-1) ?? '';
  const why = last.replace(/^error: /i, '').replace(/^Internal error occurred: /, '');
  return excerpt(why, 120) || `exit ${exitCode}`;
}

/** Runs a program in the container of an agent; answers its standard output. */
export async function inside(
  cluster: Target,
  agent: Agent,
  argv: readonly string[],
): Promise<Told<string>> {
  const place = [
    'exec',
    `--namespace=${agent.namespace}`,
    agent.pod,
    `--container=${agentContainer}`,
  ];
  try {
    const result = await cluster.run('kubectl', [...place, '--', ...argv], {
      timeout: patience,
      exits: 'any',
      capture: mostBytes,
      log: 'quiet',
    });
    if (result.exitCode === 0 && !result.truncated) return { told: result.stdout };
    return { silence: lastWords(result) };
  } catch (error) {
    // Not to be reached is an answer here; not to be allowed, or no kubectl, is not.
    if (!isRunbookError(error) || error.class !== 'transient') throw error;
    return {
      silence: error.code === 'command-timeout' ? `no answer in ${patience}` : error.message,
    };
  }
}

/** Runs cilium-dbg in an agent; answers its standard output. */
export function tell(
  cluster: Target,
  agent: Agent,
  args: readonly string[],
): Promise<Told<string>> {
  return inside(cluster, agent, ['cilium-dbg', ...args]);
}

/** Runs cilium-dbg with `-o json` in an agent, and parses what it prints. */
export async function ask<T>(
  cluster: Target,
  agent: Agent,
  args: readonly string[],
  parse: (answer: unknown) => T,
): Promise<Told<T>> {
  const answer = await tell(cluster, agent, [...args, '-o', 'json']);
  if (answer.told === undefined) return answer;
  try {
    return { told: parse(JSON.parse(answer.told)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { silence: `an answer that cannot be read: ${excerpt(why, 80)}` };
  }
}

/** Does something for each, at most eight at a time. */
export async function forEach<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}
