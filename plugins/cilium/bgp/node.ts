import { PermanentError, RunbookError } from '../../../core/errors.js';
import { jsonBytes } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';
import type { Meta } from '../../kube/api/objects.js';
import { find } from '../../kube/api/kubectl.js';
import { nodeOf } from '../../kube/nodes/look.js';
import { agentsOf } from '../agent/pods.js';
import { clusterConfigs, nodeConfigs, type ClusterConfig } from './resources.js';
import type { AgentPeer } from './routes.js';
import { selecting, type Labels } from './selection.js';
import { announcedBy, peersOf } from './session.js';

/** What undo needs. */
export type Before = {
  /** Value of the label; null where the node has none. */
  readonly label: string | null;
  /** The operator had a CiliumBGPNodeConfig for the node. */
  readonly selected: boolean;
  /** What the node announced, pod networks first; as many as fit. */
  readonly prefixes: readonly string[];
  /** How many more it announced. */
  readonly more: number;
};

/** A node's part in BGP, from the wish to the effect. */
export interface NodeSeen {
  readonly configs: readonly ClusterConfig[];
  readonly labels: Labels;
  /** Labels by which Cilium selects: the node's agent copies them. */
  readonly copied: Labels;
  readonly peers: readonly AgentPeer[];
  readonly before: Before;
}

const room = 800;

/** As many of the prefixes as fit into the history. */
export function fit(prefixes: readonly string[]): Pick<Before, 'prefixes' | 'more'> {
  let count = prefixes.length;
  while (jsonBytes(prefixes.slice(0, count)) > room) count -= 1;
  return { prefixes: prefixes.slice(0, count), more: prefixes.length - count };
}

function silent(cluster: Target, node: string, why: string): RunbookError {
  return new RunbookError(
    'check-failed',
    `${cluster.name}: the agent on ${node} does not answer: ${why}`,
    {
      hint: 'Without its agent the label of a node has no effect on BGP: the agent copies it for the operator. Bring the agent back, or shut the neighbour down on the router.',
    },
  );
}

/** @throws RunbookError `check-failed` where the node's agent does not answer. */
export async function seeNode(cluster: Target, name: string, label: string): Promise<NodeSeen> {
  const node = await nodeOf(cluster, name);
  const configs = await clusterConfigs(cluster);
  if (configs.length === 0) {
    throw new PermanentError('refused', `${cluster.name} has no CiliumBGPClusterConfig`, {
      hint: 'Set BGP up first: kubectl get ciliumbgpclusterconfigs.',
    });
  }
  const ciliumNode = await find<{ readonly metadata: Meta }>(
    cluster,
    'ciliumnodes.cilium.io',
    name,
  );
  const made = await nodeConfigs(cluster);
  const agent = (await agentsOf(cluster, name)).get(name);
  if (agent === undefined) throw silent(cluster, name, 'there is no agent pod');
  const peers = await peersOf(cluster, agent);
  if (peers.told === undefined) throw silent(cluster, name, peers.silence);
  const announced = await announcedBy(cluster, agent, peers.told);
  if (announced.told === undefined) throw silent(cluster, name, announced.silence);
  return {
    configs,
    labels: node.metadata.labels ?? {},
    copied: ciliumNode?.metadata.labels ?? {},
    peers: peers.told,
    before: {
      label: node.metadata.labels?.[label] ?? null,
      selected: made.some(({ metadata }) => metadata.name === name),
      ...fit(announced.told),
    },
  };
}

/** What is missing for the node to take part in BGP, or not to, as text; null: nothing. */
export function missing(seen: NodeSeen, node: string, selected: boolean): string | null {
  const { configs, labels, copied, peers, before } = seen;
  const wished = selecting(configs, labels).length > 0;
  const is = (yes: boolean): string => (yes ? 'selected' : 'not selected');
  if (wished !== selected) return `${node} is ${is(wished)} for BGP`;
  if (selecting(configs, copied).length > 0 !== selected) {
    return `${node} is labelled, but its agent has not copied the label to its CiliumNode`;
  }
  if (before.selected !== selected) {
    return selected
      ? `${node} has no CiliumBGPNodeConfig yet: the operator makes it`
      : `${node} still has its CiliumBGPNodeConfig: the operator removes it`;
  }
  if (selected && peers.length === 0) return `the agent on ${node} has no peers yet`;
  return selected || peers.length === 0 ? null : `the agent on ${node} still has peers`;
}
