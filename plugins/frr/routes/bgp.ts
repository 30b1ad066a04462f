import { isObject } from '../../../core/json.js';

/** One way to a prefix, as bgpd knows it. */
export interface Path {
  /** Addresses of the next hop; for IPv6 the global and the link-local one. */
  readonly nextHops: readonly string[];
  /** It is the best path, or shares the load with it. */
  readonly used: boolean;
  readonly best: boolean;
  /** Kept only because its peer is thought to restart (RFC 4724). */
  readonly stale: boolean;
  /** Seconds until a stale path goes; null where FRR does not tell. */
  readonly secondsLeft: number | null;
}

/** Paths by prefix. */
export type BgpTable = ReadonlyMap<string, readonly Path[]>;

function addressesOf(nextHops: unknown): string[] {
  if (!Array.isArray(nextHops)) return [];
  return nextHops.flatMap((hop: unknown) =>
    isObject(hop) && typeof hop['ip'] === 'string' ? [hop['ip']] : [],
  );
}

function parsePath(path: unknown): Path {
  if (!isObject(path)) throw new TypeError('a path is not an object');
  // The list of all prefixes says `bestpath: true`, the page of one prefix an object with `overall`.
  const { bestpath, gracefulRestartSecondsRemaining: left } = path;
  const best = isObject(bestpath) ? bestpath['overall'] === true : bestpath === true;
  return {
    nextHops: addressesOf(path['nexthops']),
    used: best || path['multipath'] === true,
    best,
    stale: path['stale'] === true,
    secondsLeft: typeof left === 'number' ? left : null,
  };
}

function parsePaths(paths: unknown): Path[] {
  if (!Array.isArray(paths)) throw new TypeError('no list of paths');
  return paths.map(parsePath);
}

/**
 * Reads `show bgp ipv4 unicast json`.
 * @throws TypeError when it is something else.
 */
export function parseBgpTable(answer: unknown): BgpTable {
  if (!isObject(answer)) throw new TypeError('not a BGP table');
  // Without any route FRR prints the object without `routes`.
  const { routes = {} } = answer;
  if (!isObject(routes)) throw new TypeError('not a BGP table');
  return new Map(Object.entries(routes).map(([prefix, paths]) => [prefix, parsePaths(paths)]));
}

/**
 * Reads `show bgp ipv4 unicast <prefix> json`; `{}` means there is none.
 * @throws TypeError when it is something else.
 */
export function parseBgpPrefix(answer: unknown): Path[] {
  if (!isObject(answer)) throw new TypeError('not a BGP prefix');
  return answer['paths'] === undefined ? [] : parsePaths(answer['paths']);
}

/**
 * Seconds until the stale paths of a neighbour go, of `show bgp neighbors <address> json`; null where
 * no timer runs.
 */
export function parseRestartTimer(answer: unknown): number | null {
  if (!isObject(answer)) return null;
  for (const neighbor of Object.values(answer)) {
    if (!isObject(neighbor)) continue;
    const info = neighbor['gracefulRestartInfo'];
    const timers = isObject(info) ? info['timers'] : undefined;
    const left = isObject(timers) ? timers['restartTimerRemaining'] : undefined;
    if (typeof left === 'number') return left;
  }
  return null;
}
