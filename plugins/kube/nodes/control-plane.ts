import { conditionOf, type Node, type Pod } from '../api/objects.js';
import { listing } from '../listing.js';
import { unreadiness } from './ready.js';

/** Whether a node bears the mark of the control plane, today's or that of releases before 1.24. */
export function isControlPlane({ metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  return (
    'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels
  );
}

/** What is left of the control plane without a node. */
export interface Redundancy {
  /** Why it would not go on, as text; null where it would. */
  readonly drift: string | null;
  /** Other control-plane nodes that are healthy. */
  readonly others: number;
  /** Members of etcd that can be seen. */
  readonly etcd: number;
}

function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Judges by nodes, and by the static pods of the control plane. */
export function redundancyOf(
  name: string,
  nodes: readonly Node[],
  pods: readonly Pod[],
  externalEtcd: boolean,
): Redundancy {
  const of = (component: string): Pod[] =>
    pods.filter(({ metadata }) => metadata.labels?.['component'] === component);
  const serving = new Set(
    of('kube-apiserver')
      .filter(isReady)
      .map(({ spec }) => spec.nodeName),
  );
  const members = of('etcd');
  const others = nodes.filter(
    (node) =>
      node.metadata.name !== name &&
      isControlPlane(node) &&
      unreadiness(node) === null &&
      serving.has(node.metadata.name),
  );
  const found = { others: others.length, etcd: members.length };
  if (others.length === 0) {
    return { ...found, drift: `${name} is the only healthy control-plane node` };
  }
  if (externalEtcd) return { ...found, drift: null };
  if (members.length === 0) {
    const drift = 'no etcd pods can be seen, so nobody can tell whether etcd would keep its quorum';
    return { ...found, drift };
  }
  const left = members.filter((pod) => pod.spec.nodeName !== name && isReady(pod));
  const quorum = Math.floor(members.length / 2) + 1;
  if (left.length >= quorum) return { ...found, drift: null };
  const unready = members.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
  const why = unready.length === 0 ? '' : `; not ready: ${listing(unready)}`;
  return {
    ...found,
    drift: `without ${name}, ${left.length} of ${members.length} members of etcd are left, and its quorum is ${quorum}${why}`,
  };
}
