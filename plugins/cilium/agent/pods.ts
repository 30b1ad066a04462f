import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import { conditionOf, type Condition, type Meta } from '../../kube/api/objects.js';

interface ContainerStatus {
  readonly name?: string;
  readonly restartCount?: number;
  readonly state?: { readonly running?: { readonly startedAt?: string } };
}

interface AgentPod {
  readonly metadata: Meta;
  readonly spec: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name?: string; readonly image?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** The agent of one node, as the API describes it. */
export interface Agent {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  /** When the API made the pod, by its own clock. */
  readonly createdAt: string | null;
  /** Hash of the template that it was made by. */
  readonly template: string | null;
  /** As the kubelet last reported it: true for a while also after a crash. */
  readonly ready: boolean;
  /** When its container was started, by the node's clock; null while none runs. */
  readonly startedAt: string | null;
  readonly restarts: number;
  /** Image of its container; null where the pod does not tell. */
  readonly image: string | null;
}

/** Name of the agent's container in the pods of the DaemonSet. */
export const agentContainer = 'cilium-agent';

function agentOf(pod: AgentPod): Agent {
  const container = pod.status?.containerStatuses?.find(({ name }) => name === agentContainer);
  return {
    node: pod.spec.nodeName ?? '',
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    createdAt: pod.metadata.creationTimestamp ?? null,
    template: pod.metadata.labels?.['controller-revision-hash'] ?? null,
    ready: conditionOf(pod, 'Ready')?.status === 'True',
    startedAt: container?.state?.running?.startedAt ?? null,
    restarts: container?.restartCount ?? 0,
    image: pod.spec.containers?.find(({ name }) => name === agentContainer)?.image ?? null,
  };
}

/** Agents by node, of the pods that are not on their way out. */
export function parseAgents(pods: readonly AgentPod[]): ReadonlyMap<string, Agent> {
  return new Map(
    pods
      .filter((pod) => pod.spec.nodeName !== undefined)
      .filter((pod) => pod.metadata.deletionTimestamp === undefined)
      .map((pod) => [pod.spec.nodeName ?? '', agentOf(pod)]),
  );
}

/** The agents of a cluster, or that of one node; in whatever namespace Cilium was installed. */
export async function agentsOf(
  cluster: Target,
  node?: string,
): Promise<ReadonlyMap<string, Agent>> {
  const where = node === undefined ? [] : [`--field-selector=spec.nodeName=${node}`];
  const options = ['--all-namespaces', '--selector=k8s-app=cilium', ...where];
  return parseAgents(await list<AgentPod>(cluster, 'pods', options));
}
