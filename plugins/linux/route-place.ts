import { isIPv6 } from 'node:net';
import { PermanentError, RunbookError } from '../../core/errors.js';
import { excerpt, jsonBytes, plainText } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { canonicalAddress, canonicalDestination, sampleAddress } from './address.js';
import { describeRoute, parseRoutes, type Route } from './route-table.js';

/** A route as it is to be. */
export interface WantedRoute {
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly table: number;
  readonly metric?: number | undefined;
  readonly addresses?: readonly string[] | undefined;
}

/** Number that marks a route as ours: free in iproute2's rt_protos and in FRR, whose last is 197. */
export const ourProtocol = '200';

/** Protocols whose routes nobody makes again behind our back: boot (`ip` by hand) and static. */
const replaceable = ['0', '3', '4'];

/** Option of ip for the family of the route. */
export function familyOf({ to, via }: WantedRoute): '-4' | '-6' {
  return to.includes(':') || isIPv6(via ?? '') ? '-6' : '-4';
}

/** The kernel gives an IPv6 route without metric, or with 0, the metric 1024. */
export function metricOf(input: WantedRoute): number {
  return familyOf(input) === '-6' ? input.metric || 1024 : (input.metric ?? 0);
}

/** Whether a route goes the wanted way. */
export function fits(route: Route, { via, dev }: WantedRoute): boolean {
  const [hop, ...others] = route.hops;
  if (route.type !== '1' || hop === undefined || others.length > 0) return false;
  const gateway = via === undefined ? null : canonicalAddress(via);
  return hop.gateway === gateway && (dev === undefined || hop.dev === dev);
}

/**
 * The route in our place (table, destination, metric), or null.
 * @throws PermanentError `refused` where another is there that must not be replaced.
 */
export async function find(target: Target, input: WantedRoute): Promise<Route | null> {
  const { to, table } = input;
  const selector = ['exact', to, 'table', String(table)];
  const args = [familyOf(input), '-N', '-d', '-j', 'route', 'show', ...selector];
  const { exitCode, stdout, stderr } = await target.run('ip', args, {
    exits: [0, 2],
    failure: 'check-failed',
  });
  // A table without routes does not exist: ip ends with 2 and prints half a list then.
  if (exitCode === 2 && stderr.includes('FIB table does not exist')) return null;
  const where = `${target.name}: route to ${to}`;
  if (exitCode !== 0) {
    throw new RunbookError('check-failed', `${where}: ${excerpt(plainText(stderr), 200)}`);
  }
  let routes: Route[];
  try {
    routes = parseRoutes(stdout);
  } catch (error) {
    throw new RunbookError('check-failed', `${where}: ip did not print a list`, { cause: error });
  }
  const metric = metricOf(input);
  const ours = routes.filter((one) => one.metric === metric && !one.foreign.includes('tos'));
  const [route, ...more] = ours;
  if (route === undefined) return null;
  if (fits(route, input) && more.length === 0) return route;
  refuseReplacing(route, more.length, where);
  return route;
}

/** @throws PermanentError `refused` where the route found could not be put back exactly, or would come back. */
function refuseReplacing(route: Route, others: number, where: string): void {
  const why =
    others > 0
      ? `there are ${others + 1} routes with metric ${route.metric}`
      : route.protocol !== ourProtocol && !replaceable.includes(route.protocol)
        ? `the one found (${describeRoute(route)}) belongs to protocol ${route.protocol}, a routing daemon or the kernel`
        : route.foreign.length > 0
          ? `the one found could not be put back exactly: ${route.foreign.join(', ')}`
          : jsonBytes(route) > 900
            ? 'the one found has too many next hops to be remembered'
            : null;
  if (why === null) return;
  throw new PermanentError('refused', `${where} is not replaced: ${why}`, {
    hint: 'Choose another metric or table, or change the route where it comes from.',
  });
}

/** Why packets for an address do not take the route, or null. */
async function astray(target: Target, input: WantedRoute, one: string): Promise<string | null> {
  const asked = input.addresses !== undefined;
  const args = [
    familyOf(input),
    '-N',
    '-d',
    '-j',
    'route',
    'get',
    ...(asked ? [] : ['fibmatch']),
    one,
  ];
  const { exitCode, stdout, stderr } = await target.run('ip', args, {
    exits: [0, 2],
    failure: 'check-failed',
  });
  if (exitCode === 2) return `${one} has no way: ${excerpt(plainText(stderr), 80)}`;
  const [taken] = parseRoutes(stdout);
  if (taken === undefined) return `${one} has no way`;
  // Without addresses to ask for, a sample stands in: a more specific route for it is no fault.
  if (!asked && taken.dst !== canonicalDestination(input.to)) return null;
  return fits(taken, input) ? null : `${one} goes ${describeRoute(taken)}`;
}

/** Which of the addresses to be asked for do not take the route. */
export async function strays(target: Target, input: WantedRoute): Promise<string[]> {
  const sample = input.table === 254 ? sampleAddress(input.to) : null;
  const found: string[] = [];
  for (const one of input.addresses ?? (sample === null ? [] : [sample])) {
    const why = await astray(target, input, one);
    if (why !== null) found.push(why);
  }
  return found;
}

/** Arguments that tell our routes from others. */
export function marks({ table }: WantedRoute): string[] {
  return ['table', String(table), 'proto', ourProtocol];
}

/** Arguments of `ip route replace` for the wanted route. */
export function wantedArgs(input: WantedRoute): string[] {
  const keep = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    input.to,
    ...keep('via', input.via),
    ...keep('dev', input.dev),
    ...marks(input),
    ...keep('metric', input.metric),
  ];
}
