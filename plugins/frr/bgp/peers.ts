import { isObject } from '../../../core/json.js';

/** A BGP session as the router sees it. */
export interface Peer {
  readonly address: string;
  /** `Established`, or how far it got: Idle, Connect, Active, OpenSent, OpenConfirm, Clearing. */
  readonly state: string;
  /** Shut down by configuration. */
  readonly shutDown: boolean;
  /** Milliseconds since the session came up, or went down. */
  readonly sinceMs: number;
  /** Sessions lost so far: what a reset adds one to. */
  readonly dropped: number;
  /** FRR waits for the peer to restart, and keeps its routes. */
  readonly restarting: boolean;
}

function parsePeer(address: string, facts: Readonly<Record<string, unknown>>): Peer {
  const { state, peerState, peerUptimeMsec: since, connectionsDropped: dropped } = facts;
  if (typeof state !== 'string') throw new TypeError(`no state of ${address}`);
  return {
    address,
    state,
    shutDown: peerState === 'Admin',
    sinceMs: typeof since === 'number' ? since : 0,
    // The member is left out of some lists where it is zero.
    dropped: typeof dropped === 'number' ? dropped : 0,
    restarting: peerState === 'NSF passive',
  };
}

/** The parts of a summary that hold peers: FRR nests them by family, or does not. */
function families(answer: unknown): Readonly<Record<string, unknown>>[] {
  if (!isObject(answer)) throw new TypeError('not a BGP summary');
  if (isObject(answer['peers'])) return [answer];
  return Object.values(answer).filter(isObject);
}

/**
 * Reads `show bgp summary json`, nested by family, and `show bgp ipv4 unicast summary json`, which is
 * flat; `{}` means that there are no neighbours. A peer of several families has one session.
 * @throws TypeError when it is something else.
 */
export function parseSummary(answer: unknown): ReadonlyMap<string, Peer> {
  const peers = new Map<string, Peer>();
  for (const family of families(answer)) {
    const { peers: listed = {} } = family;
    if (!isObject(listed)) throw new TypeError('not a BGP summary');
    for (const [address, facts] of Object.entries(listed)) {
      if (isObject(facts)) peers.set(address, parsePeer(address, facts));
    }
  }
  return peers;
}

/** Prefixes from which neighbours may come unannounced, of `show bgp peer-group json`. */
export function parseListenRanges(answer: unknown): string[] {
  if (!isObject(answer)) return [];
  return Object.values(answer).flatMap((group) => {
    const ranges = isObject(group) ? group['dynamicRanges'] : undefined;
    if (!isObject(ranges)) return [];
    return Object.values(ranges).flatMap((family) => {
      const listed = isObject(family) ? family['ranges'] : undefined;
      return Array.isArray(listed) ? listed.filter((range) => typeof range === 'string') : [];
    });
  });
}
