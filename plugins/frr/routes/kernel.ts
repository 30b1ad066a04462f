import { isObject } from '../../../core/json.js';
import { canonicalPrefix, familyOf, type Family } from './prefix.js';

/** A route in the kernel's main table: the only thing that packets follow. */
export interface KernelRoute {
  readonly protocol: string;
  readonly metric: number;
  readonly gateways: readonly string[];
}

/** Routes by prefix, the one with the lowest metric first. */
export type KernelTable = ReadonlyMap<string, readonly KernelRoute[]>;

function gatewaysOf(route: Readonly<Record<string, unknown>>): string[] {
  // A route with several next hops has them in a list; one with a single next hop has `gateway`, or
  // `via` where that is of the other family.
  const hops = Array.isArray(route['nexthops']) ? (route['nexthops'] as unknown[]) : [route];
  return hops.flatMap((hop) => {
    if (!isObject(hop)) return [];
    const { gateway, via } = hop;
    const other = isObject(via) ? via['host'] : undefined;
    return [gateway, other].filter((address) => typeof address === 'string');
  });
}

function prefixOf(dst: string, family: Family): string {
  if (dst !== 'default') return canonicalPrefix(dst);
  return family === 'ipv6' ? '::/0' : '0.0.0.0/0';
}

/**
 * Reads the lists that `ip -j route show` prints.
 * @throws TypeError when they are something else.
 */
export function parseKernelTable(lists: readonly unknown[], family: Family): KernelTable {
  const table = new Map<string, KernelRoute[]>();
  for (const route of lists.flat()) {
    if (!isObject(route) || typeof route['dst'] !== 'string') throw new TypeError('not a route');
    const prefix = prefixOf(route['dst'], family);
    if (familyOf(prefix) !== family) throw new TypeError(`${prefix} is of another family`);
    const { protocol, metric } = route;
    const known = table.get(prefix) ?? [];
    known.push({
      // Left out where it is the one of routes set by hand.
      protocol: typeof protocol === 'string' ? protocol : 'boot',
      metric: typeof metric === 'number' ? metric : 0,
      gateways: gatewaysOf(route),
    });
    table.set(prefix, known);
  }
  for (const routes of table.values()) routes.sort((a, b) => a.metric - b.metric);
  return table;
}
