import type { Target } from '../../../core/target.js';
import type { Write } from '../api/compare-and-set.js';
import { find } from '../api/kubectl.js';
import type { Lease, Node } from '../api/objects.js';
import { rawPath } from '../api/raw.js';

/** Namespace and name of the lease by which operators of medik8s keep others off a node (medik8s/common, pkg/lease). */
export const maintenanceNamespace = 'medik8s-leases';
export function maintenanceLease(node: string): string {
  return `node-${node.toLowerCase()}`;
}

/** The lease on a node; null where there is none. */
export function leaseOn(cluster: Target, node: string): Promise<Lease | null> {
  return find<Lease>(cluster, 'lease', maintenanceLease(node), maintenanceNamespace);
}

/** Who holds a lease, or held it last. */
export interface Held {
  readonly holder: string;
  /** When its time is up, ms since 1970; that of a lease without a time is up always. */
  readonly until: number;
}

/** Who holds a lease; null where nobody does. */
export function holderOf(lease: Lease | null): Held | null {
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
  if (holderIdentity === '') return null;
  const until = Date.parse(renewTime) + leaseDurationSeconds * 1000;
  return { holder: holderIdentity, until: Number.isNaN(until) ? 0 : until };
}

const ours = 'runbook/';

/** As whom a run holds leases. */
export function identityOf(run: string): string {
  return `${ours}${run}`;
}

/** True for a run's own identity, and for that of a run which this one is a part of. */
export function isOwn(holder: string, run: string): boolean {
  return holder.startsWith(ours) && `${identityOf(run)}/`.startsWith(`${holder}/`);
}

/** As the API server writes moments of leases. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Makes a lease, as medik8s does: it goes with its node. */
export function making(node: Node, holder: string, durationMs: number, now: number): Write {
  const { name, uid } = node.metadata;
  const at = microTime(now);
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: maintenanceLease(name),
      namespace: maintenanceNamespace,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.round(durationMs / 1000),
      acquireTime: at,
      renewTime: at,
      leaseTransitions: 0,
    },
  };
  return {
    args: ['create', '--filename=-', '--output=name'],
    input: JSON.stringify(lease),
    again: ['AlreadyExists'],
  };
}

/** Takes a lease whose time is up, or gives one of our own more time. */
export function taking(lease: Lease, holder: string, durationMs: number, now: number): Write {
  const { name, resourceVersion } = lease.metadata;
  const { holderIdentity, acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
  const at = microTime(now);
  const passes = holderIdentity !== holder;
  const patch = {
    metadata: { resourceVersion },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.round(durationMs / 1000),
      acquireTime: passes ? at : (acquireTime ?? at),
      renewTime: at,
      leaseTransitions: passes ? leaseTransitions + 1 : leaseTransitions,
    },
  };
  const place = `--namespace=${maintenanceNamespace}`;
  return {
    args: [
      'patch',
      'lease',
      name,
      place,
      '--type=merge',
      `--patch=${JSON.stringify(patch)}`,
      '-o=name',
    ],
    again: ['NotFound'],
  };
}

/** Deletes exactly the lease that was read. */
export async function releasing(cluster: Target, { metadata }: Lease): Promise<Write> {
  const { name, uid, resourceVersion } = metadata;
  const path = await rawPath(
    cluster,
    `/apis/coordination.k8s.io/v1/namespaces/${maintenanceNamespace}/leases/${name}`,
  );
  return {
    args: ['delete', '--raw', path, '--filename=-'],
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
    }),
    again: ['NotFound'],
  };
}
