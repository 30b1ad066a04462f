import type { Path } from './bgp.js';
import type { Routes } from './read.js';

/** "stale, 9 s": how long FRR is going to keep it. */
export function staleText({ secondsLeft }: Pick<Path, 'secondsLeft'>): string {
  return secondsLeft === null ? 'stale' : `stale, ${secondsLeft} s`;
}

/** Addresses to which the kernel may forward for a next hop. */
function gatewaysFor(
  routes: Routes,
  prefix: string,
  hop: string,
  paths: readonly Path[],
): string[] {
  // The kernel knows an IPv6 next hop by its link-local address: what bgpd lists beside the global one.
  const names = paths.filter(({ nextHops }) => nextHops.includes(hop)).flatMap((p) => p.nextHops);
  const installed = routes.zebra.get(prefix)?.find((route) => route.installed);
  const resolved = [hop, ...names].flatMap((name) => installed?.gateways.get(name) ?? []);
  return [hop, ...names, ...resolved];
}

function lacksHop(routes: Routes, prefix: string, hop: string): string | null {
  const paths = routes.bgp.get(prefix) ?? [];
  const own = paths.filter(({ nextHops }) => nextHops.includes(hop));
  const fresh = own.filter((path) => !path.stale);
  const [first] = own;
  if (first === undefined) return `no path via ${hop}`;
  if (fresh.length === 0) return `the path via ${hop} is ${staleText(first)}`;
  if (!fresh.some((path) => path.used)) return `the path via ${hop} is not chosen`;
  const wanted = gatewaysFor(routes, prefix, hop, paths);
  const [route] = routes.kernel.get(prefix) ?? [];
  if (route?.gateways.some((gateway) => wanted.includes(gateway))) return null;
  return `no next hop ${hop} in the kernel`;
}

/** What a prefix lacks to be routed as wanted, for people; null: nothing. */
export function missing(
  routes: Routes,
  prefix: string,
  hops: readonly string[],
  minNextHops: number,
  only = false,
): string | null {
  const paths = routes.bgp.get(prefix) ?? [];
  if (paths.length === 0) return `${prefix} is not in BGP`;
  if (!paths.some((path) => path.best)) return `${prefix} has no best path`;
  const lacks = hops.map((hop) => lacksHop(routes, prefix, hop)).filter((why) => why !== null);
  if (lacks.length > 0) return `${prefix}: ${lacks.join(', ')}`;
  const stale = hops.length === 0 ? paths.find((path) => path.used && path.stale) : undefined;
  if (stale !== undefined) {
    return `${prefix}: the path via ${stale.nextHops[0] ?? '?'} is ${staleText(stale)}`;
  }
  const [route] = routes.kernel.get(prefix) ?? [];
  if (route === undefined) return `${prefix} is not in the kernel's table`;
  const chosen = routes.zebra.get(prefix)?.find(({ installed }) => installed);
  if (chosen === undefined) return `${prefix} is not installed by zebra`;
  if (chosen.protocol !== 'bgp') return `${prefix} is routed by ${chosen.protocol}, not by BGP`;
  if (only) {
    const allowed = hops.flatMap((hop) => gatewaysFor(routes, prefix, hop, paths));
    const others = route.gateways.filter((gateway) => !allowed.includes(gateway));
    if (others.length > 0) return `${prefix} has other next hops too: ${others.join(', ')}`;
  }
  const count = new Set(route.gateways).size;
  return count < minNextHops
    ? `${prefix} has ${count} of ${minNextHops} next hops in the kernel`
    : null;
}
