import { randomUUID } from 'node:crypto';

export type Json = { [key: string]: unknown };

/** What is kept of an object of Kubernetes. */
export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  metadata: Json & { name: string; uid: string; resourceVersion: string };
  spec: Json;
  status: Json;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value with a merge patch applied (RFC 7396). */
export function merged(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = merged(result[key], change);
  }
  return result;
}

let version = 1000;

/** The next number of a change. */
export function nextVersion(): string {
  version += 1;
  return String(version);
}

export function newNode(name: string): Stored {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: randomUUID(), resourceVersion: nextVersion(), labels: {} },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A pod with a controller, guarded by the budget of {@link budget}. */
export function newPod(name: string, node: string): Stored {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: randomUUID(),
      resourceVersion: nextVersion(),
      labels: { app: 'web' },
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: { nodeName: node, containers: [{ name: 'web' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** The budget of the pods of {@link newPod}. */
export function budget(allowed: number): Stored {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'budget',
      resourceVersion: '1',
      generation: 1,
    },
    spec: { selector: { matchLabels: { app: 'web' } } },
    status: {
      observedGeneration: 1,
      disruptionsAllowed: allowed,
      currentHealthy: 2,
      desiredHealthy: 2 - allowed,
    },
  };
}

/** An answer that is an error, as the API server words it. */
export function refusal(code: number, reason: string, message: string): Json {
  return { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message };
}
