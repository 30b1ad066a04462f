import { isRunbookError } from '../../core/errors.js';
import type { Target } from '../../core/target.js';
import { conditionOf, type Node } from '../kube/api/objects.js';
import { adminGet } from './admin.js';
import { caCertHash } from './certificate.js';
import { machineId, marksOn, publicFile, type Mark } from './machine.js';

/** What machine and cluster say of each other. */
export interface Membership {
  readonly marks: ReadonlySet<Mark>;
  readonly machineId: string;
  /** Hash of the CA that the machine believes; null where it has none. */
  readonly ownCa: string | null;
  /** Hash of the cluster's CA. */
  readonly clusterCa: string;
  readonly node: Node | null;
}

async function ownCaOf(host: Target, marks: ReadonlySet<Mark>): Promise<string | null> {
  if (!marks.has('ca')) return null;
  try {
    return caCertHash(await publicFile(host, 'pki/ca.crt'), host.name);
  } catch (error) {
    // Half a file, of a join that was stopped, is no CA.
    if (isRunbookError(error) && error.class === 'permanent') return null;
    throw error;
  }
}

/** Looks at the machine, and at its node object. */
export async function lookAt(
  host: Target,
  controlPlane: Target,
  nodeName: string,
): Promise<Membership> {
  const marks = await marksOn(host);
  return {
    marks,
    machineId: await machineId(host),
    ownCa: await ownCaOf(host, marks),
    clusterCa: caCertHash(await publicFile(controlPlane, 'pki/ca.crt'), controlPlane.name),
    node: await adminGet<Node>(controlPlane, ['node', nodeName]),
  };
}

/** Why the machine is no node of the cluster, as text; null where it is. */
export function missing(found: Membership, host: string, nodeName: string): string | null {
  if (found.marks.has('begun')) return `${host}: a kubeadm reset has begun and not ended`;
  if (!found.marks.has('kubelet')) return `${host} has not joined a cluster`;
  if (found.ownCa !== found.clusterCa) return `${host} is a node of another cluster`;
  if (found.node === null) return `${host} has joined, but the cluster has no node ${nodeName}`;
  const reported = found.node.status?.nodeInfo?.machineID ?? '';
  if (reported === found.machineId) return null;
  return reported === ''
    ? `${nodeName} has not reported yet`
    : `${nodeName} is another machine (id ${reported})`;
}

/** What a join leaves on a machine, whole or in part. */
export function hasLeftovers({ marks }: Membership): boolean {
  return (['kubelet', 'bootstrap', 'ca', 'kubeletConfig', 'begun'] as const).some((mark) =>
    marks.has(mark),
  );
}

/** Whether the control plane calls the node Ready, which may be what a dead kubelet said last. */
export function isCalledReady(node: Node | null): boolean {
  return node !== null && conditionOf(node, 'Ready')?.status === 'True';
}
