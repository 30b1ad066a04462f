import type { Packet } from './file.js';
import { headersOf, type Headers } from './network.js';

/** Packets in one direction between two ends. */
export interface Flow {
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly packets: number;
}

/** What a capture holds. */
export interface Summary {
  readonly packets: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Ends that call many, or are called by many, are put together by their address: the most packets first. */
  readonly flows: readonly Flow[];
  readonly tcp: { readonly syn: number; readonly fin: number; readonly rst: number };
  readonly ipOptions: readonly number[];
  /** BGP messages by their names. */
  readonly bgp: Readonly<Record<string, number>>;
}

const bgpPort = 179;
const messages = ['other', 'open', 'update', 'notification', 'keepalive', 'routeRefresh'];
const marker = Buffer.alloc(16, 0xff);

/** Names of the BGP messages that begin in a segment. */
export function bgpIn(payload: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 19 <= payload.length;) {
    if (!payload.subarray(at, at + 16).equals(marker)) break;
    const length = payload.readUInt16BE(at + 16);
    found.push(messages[payload[at + 18] ?? 0] ?? 'other');
    at += Math.max(19, length);
  }
  return found;
}

/** The lower port is the service; that of a client says nothing. */
function ends({ from, to, ports }: Headers): [string, string] {
  if (ports === null) return [from, to];
  const bare = (end: string): string => end.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return ports[0] < ports[1] ? [from, bare(to)] : [bare(from), to];
}

/** Sums a capture up. */
export function summaryOf(packets: readonly Packet[]): Summary {
  const flows = new Map<string, Flow>();
  const tcp = { syn: 0, fin: 0, rst: 0 };
  const options = new Set<number>();
  const bgp: Record<string, number> = {};
  for (const { network } of packets) {
    const headers = network === null ? null : headersOf(network);
    if (headers === null) continue;
    const [from, to] = ends(headers);
    const key = [headers.protocol, from, to].join(' ');
    const known = flows.get(key);
    flows.set(key, { protocol: headers.protocol, from, to, packets: (known?.packets ?? 0) + 1 });
    for (const option of headers.options) options.add(option);
    for (const flag of ['syn', 'fin', 'rst'] as const) {
      if (headers.flags?.[flag] === true) tcp[flag] += 1;
    }
    if (headers.ports?.includes(bgpPort) !== true) continue;
    for (const name of bgpIn(headers.payload)) bgp[name] = (bgp[name] ?? 0) + 1;
  }
  // Packets that several processors took are not always in order.
  const [first, last] = packets.reduce(
    ([least, most], { at }) => [Math.min(least, at), Math.max(most, at)],
    [Infinity, -Infinity],
  );
  return {
    packets: packets.length,
    bytes: packets.reduce((sum, { length }) => sum + length, 0),
    seconds: packets.length === 0 ? 0 : Math.round(last - first) / 1000,
    flows: [...flows.values()].sort((a, b) => b.packets - a.packets),
    tcp,
    ipOptions: [...options].sort((a, b) => a - b),
    bgp,
  };
}
