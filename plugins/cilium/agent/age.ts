import { PermanentError, RunbookError } from '../../../core/errors.js';
import { isObject } from '../../../core/json.js';
import type { Target } from '../../../core/target.js';
import { kubectl, list, parseJson } from '../../kube/api/kubectl.js';
import type { Meta } from '../../kube/api/objects.js';
import type { Agent } from './pods.js';

/** What agents are measured by. */
export interface Newest {
  readonly namespace: string;
  /** When the ConfigMap was last written, by the API's clock; ms since the epoch. */
  readonly configuredAt: number;
  /** Hash of the newest template of their DaemonSet; null where that is not known. */
  readonly template: string | null;
  /** Whether the DaemonSet replaces pods of an older template by itself. */
  readonly rolling: boolean;
}

/** ConfigMap that agents read when they are started. */
export const configMap = 'cilium-config';

/**
 * When an object was last written, by the times that the API notes for each writer.
 * @throws TypeError when it is no object of the API.
 */
export function parseWrittenAt(object: unknown): number {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  if (!isObject(metadata)) throw new TypeError('no metadata');
  const { creationTimestamp, managedFields } = metadata;
  const writers = Array.isArray(managedFields) ? managedFields.filter(isObject) : [];
  const times = [creationTimestamp, ...writers.map(({ time }) => time)]
    .filter((time) => typeof time === 'string')
    .map((time) => Date.parse(time));
  if (times.length === 0 || times.some(Number.isNaN)) throw new TypeError('no times');
  return Math.max(...times);
}

interface Revision {
  readonly metadata: Meta;
  readonly revision: number;
}

interface DaemonSet {
  readonly metadata: Meta;
  readonly spec?: { readonly updateStrategy?: { readonly type?: string } };
}

/** Hash of the newest of the templates that a DaemonSet has had. */
export function newestTemplate(revisions: readonly Revision[]): string | null {
  const [first, ...others] = revisions;
  if (first === undefined) return null;
  const newest = others.reduce((a, b) => (b.revision > a.revision ? b : a), first);
  return newest.metadata.labels?.['controller-revision-hash'] ?? null;
}

async function writtenAt(cluster: Target, namespace: string): Promise<number> {
  const place = `--namespace=${namespace}`;
  const get = ['get', 'configmap', configMap, place, '--show-managed-fields', '--output=json'];
  const stdout = await kubectl(cluster, get, { quiet: true });
  try {
    return parseWrittenAt(parseJson(cluster, `configmap ${configMap}`, stdout));
  } catch (error) {
    throw new RunbookError(
      'check-failed',
      `${cluster.name}: nobody can tell when ${configMap} was written`,
      { cause: error },
    );
  }
}

/**
 * What the agents of a cluster are measured by.
 * @throws PermanentError `not-found` where Cilium has no DaemonSet; RunbookError `check-failed` where its
 *   ConfigMap cannot be read.
 */
export async function newestOf(cluster: Target): Promise<Newest> {
  const agents = '--selector=k8s-app=cilium';
  const [set] = await list<DaemonSet>(cluster, 'daemonsets.apps', ['--all-namespaces', agents]);
  const namespace = set?.metadata.namespace;
  if (namespace === undefined) {
    throw new PermanentError('not-found', `${cluster.name}: Cilium has no DaemonSet here`);
  }
  const options = [`--namespace=${namespace}`, agents];
  const revisions = await list<Revision>(cluster, 'controllerrevisions.apps', options);
  return {
    namespace,
    configuredAt: await writtenAt(cluster, namespace),
    template: newestTemplate(revisions),
    rolling: set?.spec?.updateStrategy?.type !== 'OnDelete',
  };
}

/** What of an agent is older than what is configured now; null where nothing is. */
export function agedBy(newest: Newest, agent: Agent): 'config' | 'template' | null {
  if (newest.template !== null && agent.template !== newest.template) return 'template';
  // A pod of the very second may have read what was there before.
  const madeAt = agent.createdAt === null ? 0 : Date.parse(agent.createdAt);
  return madeAt > newest.configuredAt ? null : 'config';
}
