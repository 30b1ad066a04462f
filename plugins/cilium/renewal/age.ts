import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import type { Meta } from '../../kube/api/objects.js';
import { inside, type Told } from '../agent/ask.js';
import type { Agent } from '../agent/pods.js';

type Settings = Readonly<Record<string, string>>;

/** What agents are measured by. */
export interface Newest {
  /** The ConfigMap as it is now. */
  readonly settings: Settings;
  /** Settings that CiliumNodeConfigs give to some nodes: what they are on a node, the ConfigMap does not say. */
  readonly overridden: ReadonlySet<string>;
  /** Hash of the newest template of their DaemonSet; null where that is not known. */
  readonly template: string | null;
  /** Whether the DaemonSet replaces pods of an older template by itself. */
  readonly rolling: boolean;
}

/** ConfigMap that agents read when their pod is made. */
export const configMap = 'cilium-config';

interface ConfigMap {
  readonly data?: Settings;
}

interface NodeConfig {
  readonly spec?: { readonly defaults?: Settings };
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

/**
 * What the agents of a cluster are measured by.
 * @throws PermanentError `not-found` where Cilium has no DaemonSet or no ConfigMap.
 */
export async function newestOf(cluster: Target): Promise<Newest> {
  const agents = '--selector=k8s-app=cilium';
  const [set] = await list<DaemonSet>(cluster, 'daemonsets.apps', ['--all-namespaces', agents]);
  const namespace = set?.metadata.namespace ?? '';
  // As a list, which is not logged: it is read again and again.
  const named = [`--namespace=${namespace}`, `--field-selector=metadata.name=${configMap}`];
  const [map] = set === undefined ? [] : await list<ConfigMap>(cluster, 'configmaps', named);
  if (map === undefined) {
    const what = set === undefined ? 'DaemonSet' : `ConfigMap ${configMap}`;
    throw new PermanentError('not-found', `${cluster.name}: Cilium has no ${what} here`);
  }
  const options = [`--namespace=${namespace}`, agents];
  const revisions = await list<Revision>(cluster, 'controllerrevisions.apps', options);
  const configs = await list<NodeConfig>(cluster, 'ciliumnodeconfigs.cilium.io', [
    '--all-namespaces',
  ]);
  return {
    settings: map.data ?? {},
    overridden: new Set(configs.flatMap(({ spec }) => Object.keys(spec?.defaults ?? {}))),
    template: newestTemplate(revisions),
    rolling: set?.spec?.updateStrategy?.type !== 'OnDelete',
  };
}

/** Prints name and value of every setting that the agent was made with, each with a NUL behind it. */
const settingsScript =
  'cd /tmp/cilium/config-map && for f in *; do printf "%s\\0" "$f"; cat -- "$f"; printf "\\0"; done';

/** Noted by the init container beside the settings: where they come from. */
const origins = new Set(['config-sources', 'config-sources-overrides']);

/**
 * Reads what {@link settingsScript} prints; null where it is not whole.
 */
export function parseSettings(stdout: string): Settings | null {
  const parts = stdout.split('\0');
  if (parts.length < 3 || parts.length % 2 === 0 || parts.at(-1) !== '') return null;
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < parts.length; at += 2)
    pairs.push([parts[at] ?? '', parts[at + 1] ?? '']);
  return Object.fromEntries(pairs.filter(([name]) => !origins.has(name)));
}

/** Names of settings that an agent was made with and that are others now. */
export function stale(made: Settings, { settings, overridden }: Newest): string[] {
  return [...new Set([...Object.keys(made), ...Object.keys(settings)])]
    .filter((name) => !overridden.has(name) && made[name] !== settings[name])
    .sort();
}

/**
 * What of an agent is older than what is configured now; null where nothing is. Asked of the agent itself: the
 * times that the API notes do not tell of settings that were removed.
 */
export async function ageOf(
  cluster: Target,
  newest: Newest,
  agent: Agent,
): Promise<Told<'config' | 'template' | null>> {
  if (newest.template !== null && agent.template !== newest.template) return { told: 'template' };
  const answer = await inside(cluster, agent, ['sh', '-c', settingsScript]);
  if (answer.told === undefined) return answer;
  const made = parseSettings(answer.told);
  if (made === null) return { silence: 'its settings cannot be read' };
  return { told: stale(made, newest).length > 0 ? 'config' : null };
}
