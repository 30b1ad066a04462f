import type { Target } from '../../../core/target.js';
import { failureOf } from '../api/failure.js';
import { ask } from '../api/kubectl.js';
import { nameOf, type Pod } from '../api/objects.js';
import { rawPath } from '../api/raw.js';

/** What the eviction API said: accepted, refused for now, gone before, or never possible. */
export type Evicted =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'impossible'; readonly message: string };

/** How to evict. */
export interface EvictionOptions {
  /** Seconds that the pod has to end; its own grace period unless told. */
  readonly graceSeconds?: number | undefined;
  /** Asks everything that an eviction asks, and changes nothing. */
  readonly dryRun?: boolean;
}

/** The body of the request. By its uid, a successor of the same name (a StatefulSet's) is never evicted. */
export function evictionOf(pod: Pod, { graceSeconds, dryRun = false }: EvictionOptions): object {
  const { name, namespace, uid } = pod.metadata;
  return {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: {
      preconditions: { uid },
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      ...(dryRun ? { dryRun: ['All'] } : {}),
    },
  };
}

/**
 * Asks the eviction API to end a pod.
 * @throws RunbookError for everything that is no answer about this pod, such as an API server that is gone.
 */
export async function evict(
  cluster: Target,
  pod: Pod,
  options: EvictionOptions = {},
): Promise<Evicted> {
  const { name, namespace } = pod.metadata;
  const doing = `evict ${nameOf(pod)}`;
  const query = options.dryRun === true ? '?dryRun=All' : '';
  const path = await rawPath(
    cluster,
    `/api/v1/namespaces/${namespace}/pods/${name}/eviction${query}`,
  );
  const answer = await ask(cluster, ['create', '--raw', path, '--filename=-'], {
    doing,
    input: JSON.stringify(evictionOf(pod, options)),
    timeout: '20s',
  });
  if (answer.ok) return { kind: 'accepted' };
  const { reason, message } = answer.refusal;
  switch (reason) {
    case 'NotFound':
    case 'Conflict':
      return { kind: 'gone' };
    case 'TooManyRequests':
      return { kind: 'refused', message };
    case 'Invalid':
    case 'BadRequest':
      return { kind: 'impossible', message };
    default:
      // The only sign of two budgets on one pod is this text, with status 500 and no reason.
      if (message.includes('more than one PodDisruptionBudget'))
        return { kind: 'impossible', message };
      throw failureOf(cluster.name, doing, answer.refusal);
  }
}
