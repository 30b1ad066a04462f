import { nameOf, type Meta } from '../../kube/api/objects.js';

/** The parts of a Service that are read. */
export interface Service {
  readonly metadata: Meta;
  readonly spec: { readonly type?: string; readonly externalTrafficPolicy?: string };
}

/** The parts of an EndpointSlice that are read. */
export interface EndpointSlice {
  readonly metadata: Meta;
  readonly endpoints?:
    | readonly {
        readonly nodeName?: string;
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
}

function isLocal({ spec }: Service): boolean {
  const { type, externalTrafficPolicy } = spec;
  return (type === 'LoadBalancer' || type === 'NodePort') && externalTrafficPolicy === 'Local';
}

/** Nodes with a ready backend of a service. */
function nodesOf(service: Service, slices: readonly EndpointSlice[]): Set<string> {
  const own = slices.filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
  );
  const ready = own
    .flatMap(({ endpoints }) => endpoints ?? [])
    // A condition that is not told counts as true (API of discovery.k8s.io/v1).
    .filter(({ conditions }) => conditions?.ready !== false);
  return new Set(ready.flatMap(({ nodeName }) => (nodeName === undefined ? [] : [nodeName])));
}

/** Services with a local traffic policy whose ready backends are all on one node. */
export function bound(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  node: string,
): string[] {
  return services
    .filter(isLocal)
    .filter((service) => {
      const nodes = nodesOf(service, slices);
      return nodes.size === 1 && nodes.has(node);
    })
    .map(nameOf)
    .sort();
}
