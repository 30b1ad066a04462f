import { conditionOf, type LabelSelector } from '../../kube/api/objects.js';
import { selects } from '../../kube/pods/selector.js';
import type { ClusterConfig, PeerConfig, Plain } from './resources.js';
import { selecting } from './selection.js';

/** Everything that makes a peering. */
export interface Peering {
  readonly configs: readonly ClusterConfig[];
  readonly peerConfigs: readonly PeerConfig[];
  readonly advertisements: readonly Plain[];
  readonly nodes: readonly Plain[];
  readonly nodeConfigs: readonly Plain[];
}

/** Conditions that the operator sets where something is wrong, with what to say. */
const clusterConditions = {
  'cilium.io/NoMatchingNode': 'selects no node',
  'cilium.io/MissingPeerConfigs': 'refers to peer configs that do not exist',
  'cilium.io/ConflictingClusterConfig': 'selects nodes of another cluster config',
} as const;

function conditionFaults(config: ClusterConfig): string[] {
  // Only the status of a condition counts: its message stays when it is over.
  return Object.entries(clusterConditions)
    .filter(([type]) => conditionOf(config, type)?.status === 'True')
    .map(([, text]) => `${config.metadata.name} ${text}`);
}

function advertises(selector: LabelSelector | null | undefined, all: readonly Plain[]): boolean {
  return all.some(({ metadata }) => selects(selector, metadata.labels));
}

function peerFaults(config: ClusterConfig, peering: Peering): string[] {
  const faults: string[] = [];
  for (const { name, peers = [] } of config.spec.bgpInstances ?? []) {
    if (peers.length === 0) faults.push(`instance ${name} of ${config.metadata.name} has no peers`);
    for (const peer of peers) {
      const reference = peer.peerConfigRef?.name;
      if (reference === undefined) continue;
      const found = peering.peerConfigs.find(({ metadata }) => metadata.name === reference);
      if (found === undefined) faults.push(`peer config ${reference} does not exist`);
      else faults.push(...familyFaults(found, peering.advertisements));
    }
  }
  return faults;
}

function familyFaults(config: PeerConfig, all: readonly Plain[]): string[] {
  const { name } = config.metadata;
  const { families = [] } = config.spec;
  if (families.length === 0) return [`peer config ${name} advertises nothing: it has no families`];
  const faults = families
    .filter(({ advertisements }) => !advertises(advertisements, all))
    .map(({ afi, safi }) => `peer config ${name} advertises nothing for ${afi}/${safi}`);
  if (conditionOf(config, 'cilium.io/MissingAuthSecret')?.status === 'True') {
    faults.push(`the password of peer config ${name} is missing`);
  }
  return faults;
}

function nodeFaults({ configs, nodes, nodeConfigs }: Peering): string[] {
  const made = new Map(nodeConfigs.map((one) => [one.metadata.name, one]));
  const faults: string[] = [];
  for (const { metadata } of nodes) {
    const by = selecting(configs, metadata.labels ?? {});
    const own = made.get(metadata.name);
    const owner = own?.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (by.length > 1) faults.push(`${metadata.name} is selected by ${by.join(' and ')}`);
    else if (by.length === 1 && own === undefined) {
      faults.push(`${metadata.name} has no CiliumBGPNodeConfig yet`);
    } else if (by.length === 0 && own !== undefined) {
      faults.push(`${metadata.name} still has a CiliumBGPNodeConfig`);
    } else if (owner !== undefined && !by.includes(owner.name)) {
      faults.push(`the CiliumBGPNodeConfig of ${metadata.name} belongs to ${owner.name}`);
    }
  }
  return faults;
}

/** What does not fit together, in words; each once. */
export function misfits(peering: Peering): string[] {
  const { configs, nodes } = peering;
  if (configs.length === 0) return ['there is no CiliumBGPClusterConfig'];
  const idle = configs.filter(
    (config) =>
      !nodes.some(({ metadata }) => selecting([config], metadata.labels ?? {}).length > 0),
  );
  const faults = [
    ...configs.flatMap(conditionFaults),
    ...idle.map(({ metadata }) => `${metadata.name} selects no node`),
    ...configs.flatMap((config) => peerFaults(config, peering)),
    ...nodeFaults(peering),
  ];
  return [...new Set(faults)];
}
