import { isObject } from '../../../core/json.js';
import type { ClusterConfig, Plain } from './resources.js';
import { selecting } from './selection.js';

/** A router, as the inventory has it. */
export interface DeclaredRouter {
  readonly address: string;
  readonly asn: number;
}

/** A peer of an instance, as far as it is compared. */
interface DeclaredPeer {
  readonly address: string;
  readonly asn: number | null;
}

/** A cluster config that is to be applied. */
export interface DeclaredConfig {
  readonly name: string;
  readonly instances: readonly {
    readonly name: string;
    readonly asn: number | null;
    readonly peers: readonly DeclaredPeer[];
  }[];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function objects(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The cluster configs among some objects. */
export function declaredConfigs(
  resources: readonly Readonly<Record<string, unknown>>[],
): DeclaredConfig[] {
  return resources
    .filter(({ kind }) => kind === 'CiliumBGPClusterConfig')
    .map(({ metadata, spec }) => ({
      name: isObject(metadata) ? text(metadata['name']) : '',
      instances: objects(isObject(spec) ? spec['bgpInstances'] : null).map((instance) => ({
        name: text(instance['name']),
        asn: number(instance['localASN']),
        peers: objects(instance['peers']).map((peer) => ({
          address: text(peer['peerAddress']),
          asn: number(peer['peerASN']),
        })),
      })),
    }));
}

function peerFaults(
  where: string,
  peers: readonly DeclaredPeer[],
  routers: readonly DeclaredRouter[],
): string[] {
  const lacks = routers
    .filter(({ address }) => !peers.some((peer) => peer.address === address))
    .map(({ address }) => `${where} has no peer ${address}`);
  const wrong = peers.flatMap((peer) => {
    const router = routers.find(({ address }) => address === peer.address);
    if (router === undefined) return [`${where}: ${peer.address} is no router of the inventory`];
    if (router.asn === peer.asn) return [];
    return [`${where}: ${peer.address} is AS ${router.asn}, not ${peer.asn ?? 'none'}`];
  });
  return [...lacks, ...wrong];
}

/** What does not fit numbers and addresses of the inventory, in words. */
export function mismatches(
  configs: readonly DeclaredConfig[],
  asn: number,
  routers: readonly DeclaredRouter[],
): string[] {
  if (configs.length === 0) return ['there is no CiliumBGPClusterConfig among the resources'];
  return configs.flatMap(({ name, instances }) => {
    if (instances.length === 0) return [`${name} has no instance`];
    return instances.flatMap((instance) => {
      const where = `${name}/${instance.name}`;
      const own =
        instance.asn === asn ? [] : [`${where} has AS ${instance.asn ?? 'none'}, not ${asn}`];
      return [...own, ...peerFaults(where, instance.peers, routers)];
    });
  });
}

/** Nodes that cluster configs of other names select, or that Cilium does not know, in words. */
export function clashes(
  declared: readonly DeclaredConfig[],
  existing: readonly ClusterConfig[],
  known: readonly Plain[],
  nodes: readonly string[],
): string[] {
  const own = new Set(declared.map(({ name }) => name));
  const others = existing.filter(({ metadata }) => !own.has(metadata.name));
  return nodes.flatMap((name) => {
    const node = known.find(({ metadata }) => metadata.name === name);
    if (node === undefined) return [`Cilium knows no node ${name}`];
    const by = selecting(others, node.metadata.labels ?? {});
    return by.length === 0 ? [] : [`${name} is selected by ${by.join(' and ')}`];
  });
}
