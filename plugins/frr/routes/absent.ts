import type { Path } from './bgp.js';
import { staleText } from './present.js';
import type { Routes } from './read.js';

/** A prefix that is still routed, and how, for people. */
export interface Remainder {
  readonly prefix: string;
  readonly text: string;
}

/** Where a route still stands, where that is not BGP: " (kernel, static)". */
function leftover(routes: Routes, prefix: string, leads: (hops: readonly string[]) => boolean) {
  const kernel = routes.kernel.get(prefix)?.find(({ gateways }) => leads(gateways));
  if (kernel !== undefined) return `in the kernel, from ${kernel.protocol}`;
  const zebra = routes.zebra.get(prefix)?.find(({ nextHops }) => leads(nextHops));
  return zebra === undefined ? null : `in zebra, from ${zebra.protocol}`;
}

function pathText(path: Path): string {
  return path.stale ? `, ${staleText(path)}` : '';
}

/** Prefixes over which the router can still send something to this next hop. */
export function remaindersVia(
  routes: Routes,
  via: string,
  restartTimer: number | null,
): Remainder[] {
  const leads = (hops: readonly string[]): boolean => hops.includes(via);
  const found: Remainder[] = [];
  const prefixes = new Set([...routes.bgp.keys(), ...routes.zebra.keys(), ...routes.kernel.keys()]);
  for (const prefix of prefixes) {
    const path = routes.bgp.get(prefix)?.find(({ nextHops }) => leads(nextHops));
    if (path !== undefined) {
      // The list of all prefixes does not tell the time left; the neighbour's timer does.
      const timed = { ...path, secondsLeft: path.secondsLeft ?? restartTimer };
      found.push({ prefix, text: `${prefix} via ${via}${pathText(timed)}` });
      continue;
    }
    const where = leftover(routes, prefix, leads);
    if (where !== null) found.push({ prefix, text: `${prefix} via ${via} (${where})` });
  }
  return found;
}

/** Of the prefixes that were read, those that are still known to bgpd, zebra or the kernel. */
export function remainders(routes: Routes): Remainder[] {
  const found: Remainder[] = [];
  for (const prefix of new Set([...routes.bgp.keys(), ...routes.kernel.keys()])) {
    const [path] = routes.bgp.get(prefix) ?? [];
    if (path !== undefined) {
      const via = path.nextHops[0] ?? '?';
      found.push({ prefix, text: `${prefix} via ${via}${pathText(path)}` });
      continue;
    }
    const where = leftover(routes, prefix, () => true);
    if (where !== null) found.push({ prefix, text: `${prefix} (${where})` });
  }
  return found;
}
