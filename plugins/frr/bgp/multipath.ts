import { isObject } from '../../../core/json.js';
import type { Family } from '../routes/prefix.js';

/** Most next hops of one prefix; null where the configuration does not limit them. */
export interface Limits {
  /** Of paths by neighbours of other systems. */
  readonly external: number | null;
  /** Of paths by neighbours of the same system. */
  readonly internal: number | null;
}

/** A neighbour's system, as far as sharing the load is concerned. */
export interface Neighbour {
  readonly address: string;
  /** Number of its system; null while a neighbour of whatever system has not said it. */
  readonly system: number | null;
  readonly internal: boolean;
}

/** What decides which paths share the load. */
export interface Sharing {
  readonly neighbours: readonly Neighbour[];
  /** Paths through different systems of the same length count as equal. */
  readonly relaxed: boolean;
}

/**
 * Limits of a family in the default instance of a running configuration, which alone tells them: no
 * command prints them as JSON (FRR 8.4).
 */
export function parseLimits(running: string, family: Family): Limits {
  const limits: { external: number | null; internal: number | null } = {
    external: null,
    internal: null,
  };
  let instance = false;
  let inside = false;
  for (const line of running.split('\n')) {
    if (/^[^\s!]/.test(line)) instance = /^router bgp \d+\s*$/.test(line);
    const text = line.trim();
    if (/^(?:router|address-family|exit)/.test(text)) {
      inside = instance && text === `address-family ${family} unicast`;
    }
    const [, ibgp, most] = /^maximum-paths (ibgp )?(\d+)/.exec(text) ?? [];
    if (inside && most !== undefined) {
      limits[ibgp === undefined ? 'external' : 'internal'] = Number(most);
    }
  }
  return limits;
}

/**
 * Reads `show bgp summary json`; a neighbour of several families is in it once.
 * @throws TypeError when it is something else.
 */
export function parseSharing(answer: unknown): Sharing {
  if (!isObject(answer)) throw new TypeError('not a BGP summary');
  const neighbours = new Map<string, Neighbour>();
  let relaxed = false;
  for (const family of Object.values(answer).filter(isObject)) {
    const { as, peers = {}, bestPath } = family;
    if (!isObject(peers)) throw new TypeError('not a BGP summary');
    // FRR prints this one as a text.
    if (isObject(bestPath) && String(bestPath['multiPathRelax']) === 'true') relaxed = true;
    for (const [address, facts] of Object.entries(peers)) {
      if (!isObject(facts)) continue;
      const { remoteAs } = facts;
      // Zero: configured as external or internal, and never seen.
      const system = typeof remoteAs === 'number' && remoteAs > 0 ? remoteAs : null;
      neighbours.set(address, { address, system, internal: system !== null && system === as });
    }
  }
  return { neighbours: [...neighbours.values()], relaxed };
}

/** The neighbours that are among the next hops; all of them where none is. */
function concerned({ neighbours }: Sharing, via: readonly string[]): readonly Neighbour[] {
  const named = neighbours.filter(({ address }) => via.includes(address));
  return named.length === 0 ? neighbours : named;
}

/** The smallest limit that such next hops meet; null where there is none. */
export function limitOf(limits: Limits, sharing: Sharing, via: readonly string[]): number | null {
  const kinds = concerned(sharing, via).map(({ internal }) => internal);
  const met = [
    kinds.includes(true) ? limits.internal : null,
    kinds.includes(true) && !kinds.includes(false) ? null : limits.external,
  ].filter((limit) => limit !== null);
  return met.length === 0 ? null : Math.min(...met);
}

/** Why paths by such next hops do not share the load, for people; null where they do. */
export function unequal(sharing: Sharing, via: readonly string[]): string | null {
  if (sharing.relaxed) return null;
  const systems = new Set(
    concerned(sharing, via)
      .filter(({ internal }) => !internal)
      .map(({ system }) => system)
      .filter((system) => system !== null),
  );
  if (via.length < 2 || systems.size < 2) return null;
  return `neighbours of ${[...systems].join(', ')} do not share the load without multipath-relax`;
}
