import { isObject } from '../../../core/json.js';

/** A route in zebra's table, between the daemons and the kernel. */
export interface ZebraRoute {
  readonly protocol: string;
  /** The one that zebra chose, and put into the kernel. */
  readonly installed: boolean;
  /** Every next hop, in use or not. */
  readonly nextHops: readonly string[];
  /**
   * Addresses that the kernel forwards to, by next hop: another one where the next hop is not a
   * neighbour and is resolved by a second route; none where it cannot be used.
   */
  readonly gateways: ReadonlyMap<string, readonly string[]>;
}

/** Routes by prefix. */
export type ZebraTable = ReadonlyMap<string, readonly ZebraRoute[]>;

function parseHops(hops: unknown): Pick<ZebraRoute, 'nextHops' | 'gateways'> {
  const gateways = new Map<string, string[]>();
  let resolving: string | null = null;
  for (const hop of Array.isArray(hops) ? (hops as unknown[]) : []) {
    if (!isObject(hop)) continue;
    const { ip } = hop;
    // Next hops that resolve a recursive one stand behind it, marked `resolver`.
    if (hop['resolver'] !== true) resolving = typeof ip === 'string' ? ip : null;
    if (resolving === null) continue;
    const known = gateways.get(resolving) ?? [];
    if (hop['fib'] === true && typeof ip === 'string') known.push(ip);
    gateways.set(resolving, known);
  }
  return { nextHops: [...gateways.keys()], gateways };
}

/**
 * Reads `show ip route json`, of one prefix or of all; `{}` means there is none.
 * @throws TypeError when it is something else.
 */
export function parseZebraTable(answer: unknown): ZebraTable {
  if (!isObject(answer)) throw new TypeError('not a routing table');
  return new Map(
    Object.entries(answer).map(([prefix, routes]) => {
      if (!Array.isArray(routes)) throw new TypeError(`no list of routes for ${prefix}`);
      return [prefix, routes.filter(isObject).map(parseRoute)];
    }),
  );
}

function parseRoute(route: Readonly<Record<string, unknown>>): ZebraRoute {
  return {
    protocol: String(route['protocol']),
    installed: route['selected'] === true && route['installed'] === true,
    ...parseHops(route['nexthops']),
  };
}
