import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import type { Condition, LabelSelector, Meta } from '../../kube/api/objects.js';

/** The parts of Cilium's BGP resources that actions read. */
export interface ClusterConfig {
  readonly metadata: Meta;
  readonly spec: {
    readonly nodeSelector?: LabelSelector | null;
    readonly bgpInstances?: readonly {
      readonly name: string;
      readonly peers?: readonly {
        readonly name: string;
        readonly peerAddress?: string;
        readonly peerConfigRef?: { readonly name: string };
      }[];
    }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface PeerConfig {
  readonly metadata: Meta;
  readonly spec: {
    readonly families?: readonly {
      readonly afi: string;
      readonly safi: string;
      readonly advertisements?: LabelSelector | null;
    }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Of CiliumBGPAdvertisement and CiliumBGPNodeConfig only names, labels and owners are read. */
export interface Plain {
  readonly metadata: Meta;
}

/** A node as Cilium sees it. */
export interface CiliumNode extends Plain {
  readonly spec?: { readonly ipam?: { readonly podCIDRs?: readonly string[] } };
}

const kinds = {
  clusterConfigs: 'ciliumbgpclusterconfigs.cilium.io',
  peerConfigs: 'ciliumbgppeerconfigs.cilium.io',
  advertisements: 'ciliumbgpadvertisements.cilium.io',
  nodeConfigs: 'ciliumbgpnodeconfigs.cilium.io',
  nodes: 'ciliumnodes.cilium.io',
} as const;

export function clusterConfigs(cluster: Target): Promise<readonly ClusterConfig[]> {
  return list<ClusterConfig>(cluster, kinds.clusterConfigs, []);
}

export function peerConfigs(cluster: Target): Promise<readonly PeerConfig[]> {
  return list<PeerConfig>(cluster, kinds.peerConfigs, []);
}

export function advertisements(cluster: Target): Promise<readonly Plain[]> {
  return list<Plain>(cluster, kinds.advertisements, []);
}

/** What the operator made of the cluster configs: one per selected node, of the node's name. */
export function nodeConfigs(cluster: Target): Promise<readonly Plain[]> {
  return list<Plain>(cluster, kinds.nodeConfigs, []);
}

/** Nodes as Cilium sees them: their labels are copied by each node's own agent. */
export function ciliumNodes(cluster: Target): Promise<readonly CiliumNode[]> {
  return list<CiliumNode>(cluster, kinds.nodes, []);
}
