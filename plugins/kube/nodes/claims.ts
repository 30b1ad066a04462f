import type { Lease, Meta, Node } from '../api/objects.js';

/** Says that kubeone upgrades the node; left behind where the upgrade failed (kubeone, pkg/tasks). */
const kubeoneLabel = 'kubeone.io/upgrade-in-progress';
/** Says that kured drains or reboots the node, where kured runs with `--annotate-nodes` (kured, cmd/kured/main.go). */
const kuredNode = 'weave.works/kured-reboot-in-progress';
/** On kured's DaemonSet: which nodes have its lock (kured, pkg/daemonsetlock). */
const kuredLock = 'weave.works/kured-node-lock';

/** Namespace and name of the lease that operators of medik8s hold on a node (medik8s/common, pkg/lease). */
export const medik8sNamespace = 'medik8s-leases';
export function medik8sLease(node: string): string {
  return `node-${node}`;
}

/** What is looked at. */
export interface Marks {
  readonly node: Node;
  /** Lease of medik8s on the node; null where there is none. */
  readonly lease: Lease | null;
  readonly daemonSets: readonly { readonly metadata: Meta }[];
  /** ms since 1970. */
  readonly now: number;
}

interface KuredLock {
  readonly nodeID?: unknown;
  readonly created?: unknown;
  /** ns, as Go writes a duration; 0 for ever. */
  readonly TTL?: unknown;
}

/** The locks in the annotation: one, or several where kured lets several nodes reboot at once. */
function kuredLocks(text: string): readonly KuredLock[] {
  try {
    const value = JSON.parse(text) as KuredLock & { readonly locks?: readonly KuredLock[] };
    return value.locks ?? [value];
  } catch {
    // Whoever wrote that by hand wanted nobody to reboot anything; it names no node.
    return [];
  }
}

function isOpen({ created, TTL }: KuredLock, now: number): boolean {
  const ms = typeof TTL === 'number' ? TTL / 1e6 : 0;
  return ms <= 0 || Date.parse(String(created)) + ms > now;
}

/** Which other tools have the node in hand, and by what that is seen; none where it is free. */
export function claimsOf({ node, lease, daemonSets, now }: Marks): string[] {
  const { name, labels = {}, annotations = {} } = node.metadata;
  const found: string[] = [];
  if (kubeoneLabel in labels) found.push(`kubeone upgrades it (label ${kubeoneLabel})`);
  const locked = daemonSets.some(({ metadata }) =>
    kuredLocks(metadata.annotations?.[kuredLock] ?? '{}').some(
      (lock) => lock.nodeID === name && isOpen(lock, now),
    ),
  );
  if (kuredNode in annotations || locked) found.push('kured reboots it');
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
  if (holderIdentity !== '' && Date.parse(renewTime) + leaseDurationSeconds * 1000 > now) {
    found.push(`${holderIdentity} holds ${medik8sNamespace}/${medik8sLease(name)}`);
  }
  return found;
}
