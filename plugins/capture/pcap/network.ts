import { SocketAddress } from 'node:net';

/** What the headers of a packet say. */
export interface Headers {
  /** `tcp`, `udp`, `icmp`, or the number of another protocol. */
  readonly protocol: string;
  /** Address, with the port where there is one. */
  readonly from: string;
  readonly to: string;
  /** Numbers of the options of its IPv4 header, padding left out. */
  readonly options: readonly number[];
  readonly flags: { readonly syn: boolean; readonly fin: boolean; readonly rst: boolean } | null;
  readonly ports: readonly [number, number] | null;
  /** What TCP or UDP carries, as far as it was kept. */
  readonly payload: Buffer;
}

const names: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6' };

interface Network {
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly options: readonly number[];
  readonly rest: Buffer;
}

function optionsOf(header: Buffer): number[] {
  const found: number[] = [];
  for (let at = 20; at < header.length;) {
    const kind = header[at] ?? 0;
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    found.push(kind);
    at += Math.max(2, header[at + 1] ?? 2);
  }
  return found;
}

function ipv4(packet: Buffer): Network | null {
  const size = ((packet[0] ?? 0) & 15) * 4;
  if (packet.length < 20 || size < 20 || packet.length < size) return null;
  const address = (at: number): string => packet.subarray(at, at + 4).join('.');
  // A later fragment has no ports of its own: what stands there is data.
  const later = (packet.readUInt16BE(6) & 0x1fff) !== 0;
  return {
    number: packet[9] ?? 0,
    from: address(12),
    to: address(16),
    options: optionsOf(packet.subarray(0, size)),
    rest: later ? Buffer.alloc(0) : packet.subarray(size),
  };
}

function ipv6(packet: Buffer): Network | null {
  if (packet.length < 40) return null;
  const address = (at: number): string => {
    const words = Array.from({ length: 8 }, (_, i) => packet.readUInt16BE(at + 2 * i).toString(16));
    return new SocketAddress({ address: words.join(':'), family: 'ipv6' }).address;
  };
  const [from, to] = [address(8), address(24)];
  return { number: packet[6] ?? 0, from, to, options: [], rest: packet.subarray(40) };
}

/** Reads the headers of a packet; null where too little of it was kept. */
export function headersOf(packet: Buffer): Headers | null {
  const network = (packet[0] ?? 0) >> 4 === 6 ? ipv6(packet) : ipv4(packet);
  if (network === null) return null;
  const { number, rest, options } = network;
  const protocol = names[number] ?? String(number);
  const plain = { protocol, options, flags: null, ports: null, payload: Buffer.alloc(0) };
  const ported =
    (protocol === 'tcp' && rest.length >= 20) || (protocol === 'udp' && rest.length >= 8);
  if (!ported) return { ...plain, from: network.from, to: network.to };
  const ports = [rest.readUInt16BE(0), rest.readUInt16BE(2)] as const;
  const at = (address: string, port: number): string =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const bits = rest[13] ?? 0;
  const size = protocol === 'udp' ? 8 : ((rest[12] ?? 0) >> 4) * 4;
  return {
    ...plain,
    from: at(network.from, ports[0]),
    to: at(network.to, ports[1]),
    ports,
    flags:
      protocol === 'udp'
        ? null
        : { fin: (bits & 1) !== 0, syn: (bits & 2) !== 0, rst: (bits & 4) !== 0 },
    payload: rest.subarray(size),
  };
}
