import type { Condition, Meta } from '../api/objects.js';
import { conditionOf } from '../api/objects.js';

/** Kinds that roll out their pods. */
export const workloadKinds = ['deployment', 'daemonset', 'statefulset'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** The parts of the three kinds that tell how far they are. */
export interface Workload {
  readonly metadata: Meta;
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly conditions?: readonly Condition[];
  };
}

/** How far a rollout is. */
export interface Rollout {
  /** What is still missing, as text; null when it is complete and available. */
  readonly missing: string | null;
  readonly desired: number;
  readonly available: number;
}

function deployment(object: Workload): Rollout {
  const desired = object.spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status ?? {};
  const progress = conditionOf(object, 'Progressing');
  let missing: string | null = null;
  if (updatedReplicas < desired) missing = `${updatedReplicas} of ${desired} replicas updated`;
  else if (replicas > updatedReplicas) missing = `${replicas - updatedReplicas} old replicas left`;
  else if (availableReplicas < desired) {
    missing = `${availableReplicas} of ${desired} replicas available`;
  }
  if (missing !== null && progress?.reason === 'ProgressDeadlineExceeded') {
    missing = `${missing}; no progress within its deadline`;
  }
  if (missing !== null && object.spec?.paused === true) missing = `${missing}; it is paused`;
  return { missing, desired, available: availableReplicas };
}

function daemonSet({ spec, status }: Workload): Rollout {
  const desired = status?.desiredNumberScheduled ?? 0;
  const { updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  let missing: string | null = null;
  if (updatedNumberScheduled < desired) {
    missing = `${updatedNumberScheduled} of ${desired} pods updated`;
    if (spec?.updateStrategy?.type === 'OnDelete') missing += ' (OnDelete: by deleting them)';
  } else if (numberAvailable < desired) {
    missing = `${numberAvailable} of ${desired} pods available`;
  }
  return { missing, desired, available: numberAvailable };
}

function statefulSet({ spec, status }: Workload): Rollout {
  const desired = spec?.replicas ?? 1;
  const { updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0 } = status ?? {};
  const toUpdate = Math.max(0, desired - (spec?.updateStrategy?.rollingUpdate?.partition ?? 0));
  const updating = status?.updateRevision !== status?.currentRevision;
  let missing: string | null = null;
  if (updating && updatedReplicas < toUpdate) {
    missing = `${updatedReplicas} of ${toUpdate} replicas updated`;
    if (spec?.updateStrategy?.type === 'OnDelete') missing += ' (OnDelete: by deleting them)';
  } else if (readyReplicas < desired) {
    missing = `${readyReplicas} of ${desired} replicas ready`;
  } else if (availableReplicas < desired) {
    missing = `${availableReplicas} of ${desired} replicas available`;
  }
  return { missing, desired, available: availableReplicas };
}

/** How far the pods of a workload are what its specification says. */
export function rolloutOf(kind: WorkloadKind, object: Workload): Rollout {
  const found = { deployment, daemonset: daemonSet, statefulset: statefulSet }[kind](object);
  // Before the controller has seen the newest specification, its status is about an older one.
  if ((object.status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) {
    return { ...found, missing: 'its controller has not seen the newest specification yet' };
  }
  return found;
}
