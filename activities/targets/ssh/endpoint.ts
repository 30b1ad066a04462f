import type { HostSpec, Inventory } from '../../../core/definition/inventory.js';
import { PermanentError } from '../../../core/errors.js';
import { namespaceOf } from '../namespace.js';

/** The way of the first byte: from here, from inside a network namespace, or through another host. */
export type Route =
  | { readonly kind: 'direct' }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'jump'; readonly over: Endpoint };

/** Everything that tells one connection from another. */
export interface Endpoint {
  /** Name of the target, for messages. */
  readonly target: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly key: string | null;
  readonly knownHosts: string | null;
  readonly route: Route;
}

/** Equal for endpoints that can share a connection; their names do not matter. */
export function endpointKey({ route, address, port, user, key, knownHosts }: Endpoint): string {
  const way =
    route.kind === 'jump' ? endpointKey(route.over) : route.kind === 'namespace' ? route.name : '';
  return JSON.stringify([address, port, user, key, knownHosts, route.kind, way]);
}

function routeOf(
  host: HostSpec,
  inventory: Inventory,
  knownHosts: string | null,
  seen: readonly string[],
): Route {
  const namespace = namespaceOf(host.via);
  if (namespace !== null) return { kind: 'namespace', name: namespace };
  if (host.via === null) return { kind: 'direct' };
  if (seen.includes(host.via)) {
    throw new PermanentError(
      'definition-invalid',
      `${seen[0] ?? host.name}: its way leads in a circle: ${[...seen, host.via].join(' via ')}`,
      { hint: 'Change `via` of one of these hosts in the inventory.' },
    );
  }
  const next = Object.hasOwn(inventory.hosts, host.via) ? inventory.hosts[host.via] : undefined;
  if (next === undefined) {
    if (host.via === 'local') return { kind: 'direct' };
    throw new PermanentError(
      'target-unknown',
      `${host.name} is reached via ${host.via}, which is not in the inventory`,
    );
  }
  const beyond = [...seen, next.name];
  if (next.address === null) return routeOf(next, inventory, knownHosts, beyond);
  return { kind: 'jump', over: toEndpoint(next, next.address, inventory, knownHosts, beyond) };
}

function toEndpoint(
  host: HostSpec,
  address: string,
  inventory: Inventory,
  knownHosts: string | null,
  seen: readonly string[],
): Endpoint {
  return {
    target: host.name,
    address,
    port: host.port,
    user: host.user,
    key: host.key,
    knownHosts: host.knownHosts ?? knownHosts,
    route: routeOf(host, inventory, knownHosts, seen),
  };
}

/**
 * How a host is reached; null for one that is the worker's own machine.
 * @throws PermanentError `definition-invalid` where jump hosts lead in a circle, `target-unknown`
 */
export function endpointOf(
  host: HostSpec,
  inventory: Inventory,
  knownHosts: string | null,
): Endpoint | null {
  if (host.address === null) return null;
  return toEndpoint(host, host.address, inventory, knownHosts, [host.name]);
}
