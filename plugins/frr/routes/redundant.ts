import type { Routes } from './read.js';

/**
 * Why a prefix would be lost together with a next hop, for people; null where it has another one, or
 * does not use this one. `mustBeRouted`: one that is not routed at all is told as well.
 */
export function lonely(
  routes: Routes,
  prefix: string,
  via: string,
  mustBeRouted: boolean,
): string | null {
  const [route] = routes.kernel.get(prefix) ?? [];
  if (route === undefined) return mustBeRouted ? `${prefix} is not routed` : null;
  const paths = routes.bgp.get(prefix) ?? [];
  const installed = routes.zebra.get(prefix)?.find((one) => one.installed);
  const gatewaysOf = (hop: string): readonly string[] => [
    hop,
    ...(installed?.gateways.get(hop) ?? []),
  ];
  const leaving = gatewaysOf(via);
  if (!route.gateways.some((gateway) => leaving.includes(gateway))) return null;
  const fresh = paths
    .filter((path) => path.used && !path.stale && !path.nextHops.includes(via))
    .flatMap(({ nextHops }) => nextHops.flatMap(gatewaysOf));
  if (route.gateways.some((gateway) => fresh.includes(gateway))) return null;
  const others = route.gateways.filter((gateway) => !leaving.includes(gateway));
  return others.length === 0
    ? `${prefix} has no next hop but ${via}`
    : `${prefix} has besides ${via} only ${others.join(', ')}, which is stale or not from BGP`;
}
