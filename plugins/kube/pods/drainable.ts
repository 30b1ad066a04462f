import type { Target } from '../../../core/target.js';
import { list } from '../api/kubectl.js';
import { nameOf, type Owner, type Pod } from '../api/objects.js';

/** What may be lost with the pods of a node. */
export interface Permission {
  /** Pods whose emptyDir volumes are deleted with them. */
  readonly allowEmptyDir?: boolean | undefined;
  /** Pods that nothing creates anew. */
  readonly allowUnmanaged?: boolean | undefined;
}

/** The pods that have to leave a node, and those among them that nobody may evict without saying so. */
export interface Drainable {
  readonly pods: readonly Pod[];
  readonly unmanaged: readonly Pod[];
  readonly emptyDir: readonly Pod[];
}

function controllerOf(pod: Pod): Owner | undefined {
  return pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Made by the kubelet from a file, and only shown in the API. */
function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

/** Already told to end. */
export function isEnding(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/**
 * Sorts the pods of a node as `kubectl drain` does: those of DaemonSets, mirror pods and finished
 * ones stay. What is already ending needs no permission any more.
 */
export function drainable(all: readonly Pod[]): Drainable {
  const pods = all
    .filter((pod) => !isMirror(pod) && !isFinished(pod))
    .filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet')
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const standing = pods.filter((pod) => !isEnding(pod));
  return {
    pods,
    unmanaged: standing.filter((pod) => controllerOf(pod) === undefined),
    emptyDir: standing.filter((pod) => pod.spec.volumes?.some((volume) => 'emptyDir' in volume)),
  };
}

/** A pod that must not be evicted, why, and the input that would allow it. */
export interface Refused {
  readonly pod: string;
  readonly why: string;
  readonly input: 'allowUnmanaged' | 'allowEmptyDir';
}

/** Pods whose eviction would lose something that nobody has given permission for. */
export function refusedOf(found: Drainable, permission: Permission): Refused[] {
  const refused: Refused[] = [];
  if (permission.allowUnmanaged !== true) {
    for (const pod of found.unmanaged) {
      refused.push({ pod: nameOf(pod), why: 'has no controller', input: 'allowUnmanaged' });
    }
  }
  if (permission.allowEmptyDir !== true) {
    for (const pod of found.emptyDir) {
      refused.push({ pod: nameOf(pod), why: 'has emptyDir volumes', input: 'allowEmptyDir' });
    }
  }
  return refused;
}

/** All pods of a node. */
export function podsOn(cluster: Target, node: string): Promise<readonly Pod[]> {
  return list<Pod>(cluster, 'pods', ['--all-namespaces', `--field-selector=spec.nodeName=${node}`]);
}
