import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';

/** A way of a route. */
export type NextHop = {
  readonly gateway: string | null;
  readonly dev: string | null;
  readonly weight: number;
  readonly onlink: boolean;
};

/** A route as `ip -N -d -j route` shows it, without what changes by itself (`linkdown`, `dead`). */
export type Route = {
  /** Kind by number: 1 unicast, 6 blackhole, 7 unreachable, 8 prohibit. */
  readonly type: string;
  readonly dst: string;
  readonly hops: readonly NextHop[];
  readonly protocol: string;
  readonly scope: string;
  readonly metric: number;
  readonly prefsrc: string | null;
  readonly mtu: number | null;
  /** Names of members that we could not put back exactly. */
  readonly foreign: readonly string[];
};

const known = new Set([
  'type',
  'dst',
  'gateway',
  'dev',
  'protocol',
  'scope',
  'metric',
  'prefsrc',
  'flags',
  'nexthops',
  'metrics',
  'pref',
  'table',
]);
const hopMembers = new Set(['gateway', 'dev', 'weight', 'flags']);

/** Kinds of routes that lead nowhere. */
const wayless: Readonly<Record<string, string>> = {
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function hop(entry: JsonObject): NextHop {
  const flags = Array.isArray(entry['flags']) ? entry['flags'] : [];
  const weight = entry['weight'];
  return {
    gateway: text(entry['gateway']),
    dev: text(entry['dev']),
    weight: typeof weight === 'number' ? weight : 1,
    onlink: flags.includes('onlink'),
  };
}

function mtuOf(metrics: Json | undefined): { mtu: number | null; more: string[] } {
  const [first, ...others] = Array.isArray(metrics) ? metrics : [];
  if (!isObject(first)) return { mtu: null, more: [] };
  const names = Object.keys(first).filter((name) => name !== 'mtu');
  const { mtu } = first;
  return {
    mtu: typeof mtu === 'number' ? mtu : null,
    more: [...names, ...(others.length > 0 ? ['metrics'] : [])],
  };
}

/** Reads one route of `ip -N -d -j route show`. */
export function parseRoute(entry: JsonObject): Route {
  const { mtu, more } = mtuOf(entry['metrics']);
  const nexthops = entry['nexthops'];
  const hops = Array.isArray(nexthops) ? nexthops.filter(isObject).map(hop) : [hop(entry)];
  const metric = entry['metric'];
  const alien = Object.keys(entry).filter((name) => !known.has(name));
  const alienHop = (Array.isArray(nexthops) ? nexthops.filter(isObject) : [])
    .flatMap((one) => Object.keys(one))
    .filter((name) => !hopMembers.has(name));
  const preferred = text(entry['pref']) ?? 'medium';
  return {
    type: text(entry['type']) ?? '1',
    dst: text(entry['dst']) ?? '',
    hops,
    protocol: text(entry['protocol']) ?? '3',
    scope: text(entry['scope']) ?? '0',
    metric: typeof metric === 'number' ? metric : 0,
    prefsrc: text(entry['prefsrc']),
    mtu,
    foreign: [...alien, ...alienHop, ...more, ...(preferred === 'medium' ? [] : ['pref'])].sort(),
  };
}

/**
 * Routes of `ip -N -d -j route show exact`. A table that does not exist yet has none: ip ends with 2
 * then and prints half a list.
 * @throws SyntaxError or TypeError when the text is not a list of routes.
 */
export function parseRoutes(stdout: string): Route[] {
  const list: unknown = JSON.parse(stdout);
  if (!Array.isArray(list)) throw new TypeError('not a list of routes');
  return list.filter(isObject).map(parseRoute);
}

/** Arguments of `ip route` that make exactly this route in a table; only for a route without `foreign` members. */
export function routeArgs(route: Route, table: number): string[] {
  const keep = (name: string, value: string | number | null): string[] =>
    value === null ? [] : [name, String(value)];
  const way = ({ gateway, dev, onlink }: NextHop): string[] => [
    ...keep('via', gateway),
    ...keep('dev', dev),
    ...(onlink ? ['onlink'] : []),
  ];
  const type = wayless[route.type];
  const [single] = route.hops;
  const unicast = type === undefined;
  return [
    ...(unicast ? [] : [type]),
    route.dst,
    ...(unicast && route.hops.length === 1 && single !== undefined ? way(single) : []),
    'table',
    String(table),
    'proto',
    route.protocol,
    ...(unicast ? ['scope', route.scope] : []),
    ...keep('src', route.prefsrc),
    ...(route.metric === 0 ? [] : ['metric', String(route.metric)]),
    ...keep('mtu', route.mtu),
    ...(unicast && route.hops.length > 1
      ? route.hops.flatMap((hop) => ['nexthop', ...way(hop), 'weight', String(hop.weight)])
      : []),
  ];
}

/** Way of a route in words. */
export function describeRoute(route: Route): string {
  const type = wayless[route.type];
  if (type !== undefined) return type;
  return route.hops
    .map(({ gateway, dev }) =>
      [gateway === null ? null : `via ${gateway}`, dev === null ? null : `dev ${dev}`]
        .filter((part) => part !== null)
        .join(' '),
    )
    .join(' and ');
}
