import type { Lease, Meta, Node } from '../api/objects.js';
import { holderOf, isOwn, maintenanceLease, maintenanceNamespace } from './maintenance-lease.js';

/** Says that kubeone upgrades the node; left behind where the upgrade failed (kubeone, pkg/tasks). */
const kubeoneLabel = 'kubeone.io/upgrade-in-progress';
/** Says that kured drains or reboots the node, where kured runs with `--annotate-nodes` (kured, cmd/kured/main.go). */
const kuredNode = 'weave.works/kured-reboot-in-progress';
/** On kured's DaemonSet: which nodes have its lock (kured, pkg/daemonsetlock). */
const kuredLock = 'weave.works/kured-node-lock';

/** What is looked at. */
export interface Marks {
  readonly node: Node;
  /** The lease on the node; null where there is none. */
  readonly lease: Lease | null;
  readonly daemonSets: readonly { readonly metadata: Meta }[];
  /** Id of the run that asks: its own claim is none of another tool. */
  readonly run: string;
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
export function claimsOf({ node, lease, daemonSets, run, now }: Marks): string[] {
  const { name, labels = {}, annotations = {} } = node.metadata;
  const found: string[] = [];
  if (kubeoneLabel in labels) found.push(`kubeone upgrades it (label ${kubeoneLabel})`);
  const locked = daemonSets.some(({ metadata }) =>
    kuredLocks(metadata.annotations?.[kuredLock] ?? '{}').some(
      (lock) => lock.nodeID === name && isOpen(lock, now),
    ),
  );
  if (kuredNode in annotations || locked) found.push('kured reboots it');
  const held = holderOf(lease);
  if (held !== null && held.until > now && !isOwn(held.holder, run)) {
    found.push(`${held.holder} holds ${maintenanceNamespace}/${maintenanceLease(name)}`);
  }
  return found;
}
