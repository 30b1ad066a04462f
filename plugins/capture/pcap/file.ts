/** A packet as it was captured. */
export interface Packet {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Bytes on the wire. */
  readonly length: number;
  /** The network layer, as far as it was kept; null where it is neither IPv4 nor IPv6. */
  readonly network: Buffer | null;
}

/** Bytes before the network layer, and where its protocol is told, by link type. */
const links: Readonly<Record<number, { readonly header: number; readonly type: number }>> = {
  1: { header: 14, type: 12 },
  113: { header: 16, type: 14 },
  276: { header: 20, type: 0 },
};

const vlan = 0x8100;
const protocols = [0x0800, 0x86dd];

function networkOf(frame: Buffer, header: number, type: number): Buffer | null {
  if (frame.length < header) return null;
  let start = header;
  let protocol = frame.readUInt16BE(type);
  // The tag of a VLAN stands between the two.
  if (protocol === vlan && frame.length >= start + 4) {
    protocol = frame.readUInt16BE(start + 2);
    start += 4;
  }
  return protocols.includes(protocol) ? frame.subarray(start) : null;
}

/**
 * Reads a file of tcpdump (pcap, either byte order, micro- or nanoseconds; Ethernet or Linux cooked). The last
 * packet of a file that was cut off is left out.
 * @throws TypeError for another format.
 */
export function parsePcap(file: Buffer): Packet[] {
  if (file.length < 24) throw new TypeError('it is shorter than the header of a pcap file');
  const magic = file.readUInt32LE(0);
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const big = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  if (!little && !big) throw new TypeError('it is no pcap file');
  const perMs = magic === 0xa1b23c4d || magic === 0x4d3cb2a1 ? 1_000_000 : 1000;
  const word = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const link = links[word(20) & 0xffff];
  if (link === undefined) throw new TypeError(`link type ${word(20)} is not known`);
  const packets: Packet[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const kept = word(at + 8);
    const end = at + 16 + kept;
    if (end > file.length) break;
    const frame = file.subarray(at + 16, end);
    packets.push({
      at: word(at) * 1000 + word(at + 4) / perMs,
      length: word(at + 12),
      network: networkOf(frame, link.header, link.type),
    });
    at = end;
  }
  return packets;
}
