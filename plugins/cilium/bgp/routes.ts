import { isObject } from '../../../core/json.js';

/** A session of an agent. */
export interface AgentPeer {
  readonly address: string;
  /** `established`, or how far it got. */
  readonly state: string;
  /** Milliseconds since it was established; 0 where it is not. */
  readonly sinceMs: number;
  /** Address families, such as `ipv4`. */
  readonly families: readonly string[];
}

/**
 * Reads `cilium-dbg bgp peers -o json`: zero values are left out of it, and no list means no peers.
 * @throws TypeError when it is something else.
 */
export function parsePeers(answer: unknown): AgentPeer[] {
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new TypeError('not a list of peers');
  return answer.filter(isObject).map((peer) => {
    const { 'peer-address': address, 'session-state': state, families } = peer;
    const uptime = peer['uptime-nanoseconds'];
    if (typeof address !== 'string') throw new TypeError('a peer without an address');
    const listed = Array.isArray(families) ? families.filter(isObject) : [];
    return {
      address,
      state: typeof state === 'string' ? state : 'unknown',
      sinceMs: typeof uptime === 'number' ? Math.floor(uptime / 1_000_000) : 0,
      families: listed.flatMap(({ afi }) => (typeof afi === 'string' ? [afi] : [])),
    };
  });
}

/**
 * Prefixes in `cilium-dbg bgp routes advertised … -o json`, each once.
 * @throws TypeError when it is something else.
 */
export function parseAdvertised(answer: unknown): string[] {
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new TypeError('not a list of routes');
  const prefixes = answer
    .filter(isObject)
    .flatMap(({ prefix }) => (typeof prefix === 'string' ? [prefix] : []));
  return [...new Set(prefixes)];
}

function length(prefix: string): number {
  return Number(prefix.split('/')[1] ?? 0);
}

/** Pod networks before service addresses, so that the shorter list of many is the telling one. */
export function inOrder(prefixes: readonly string[]): string[] {
  return [...new Set(prefixes)].sort(
    (a, b) => length(a) - length(b) || a.localeCompare(b, 'en', { numeric: true }),
  );
}
