import type { Target } from '../../../core/target.js';
import { list } from '../../kube/api/kubectl.js';
import { nameOf, type Meta, type Node } from '../../kube/api/objects.js';
import { ciliumNodes } from '../bgp/resources.js';
import { blockRange, range, type Block, type Range } from './overlap.js';

interface Pool {
  readonly metadata: Meta;
  readonly spec?: { readonly blocks?: readonly Block[] };
}

interface ServiceCidr {
  readonly metadata: Meta;
  readonly spec?: { readonly cidrs?: readonly string[] };
}

interface Service {
  readonly metadata: Meta;
  readonly spec: {
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
}

/** Addresses of nodes, pods, services, and pools but the one of that name. */
export async function takenRanges(cluster: Target, pool: string): Promise<Range[]> {
  const nodes = await list<Node>(cluster, 'nodes', []);
  const networks = await ciliumNodes(cluster);
  const services = await list<Service>(cluster, 'services', ['--all-namespaces']);
  const cidrs = await list<ServiceCidr>(cluster, 'servicecidrs.networking.k8s.io', []);
  const pools = await list<Pool>(cluster, 'ciliumloadbalancerippools.cilium.io', []);
  return [
    ...nodes.flatMap(({ metadata, status }) =>
      (status?.addresses ?? [])
        .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
        .map(({ address }) => range(address, `node ${metadata.name} (${address})`)),
    ),
    ...networks.flatMap(({ metadata, spec }) =>
      (spec?.ipam?.podCIDRs ?? []).map((cidr) => range(cidr, `pods of ${metadata.name} (${cidr})`)),
    ),
    ...cidrs.flatMap(({ metadata, spec }) =>
      (spec?.cidrs ?? []).map((cidr) => range(cidr, `services ${metadata.name} (${cidr})`)),
    ),
    ...services.flatMap((service) =>
      [...(service.spec.clusterIPs ?? []), ...(service.spec.externalIPs ?? [])]
        .filter((ip) => ip !== 'None' && ip !== '')
        .map((ip) => range(ip, `service ${nameOf(service)} (${ip})`)),
    ),
    ...pools
      .filter(({ metadata }) => metadata.name !== pool)
      .flatMap(({ metadata, spec }) =>
        (spec?.blocks ?? []).flatMap((block) => blockRange(block, `pool ${metadata.name}`) ?? []),
      ),
  ];
}

/** Services that have one of these addresses from a load balancer. */
export async function holdersOf(cluster: Target, addresses: readonly string[]): Promise<string[]> {
  const services = await list<Service>(cluster, 'services', ['--all-namespaces']);
  return services
    .filter(({ status }) =>
      (status?.loadBalancer?.ingress ?? []).some(({ ip }) => addresses.includes(ip ?? '')),
    )
    .map(nameOf);
}
