/** Bytes of an IPv4 packet of TCP. */
export function tcp(
  from: readonly [string, number],
  to: readonly [string, number],
  more: { flags?: number; payload?: Buffer; options?: readonly number[] } = {},
): Buffer {
  const { flags = 0x10, payload = Buffer.alloc(0), options = [] } = more;
  const ip = Buffer.alloc(20 + options.length);
  ip[0] = 0x40 | (ip.length / 4);
  ip[9] = 6;
  Buffer.from(from[0].split('.').map(Number)).copy(ip, 12);
  Buffer.from(to[0].split('.').map(Number)).copy(ip, 16);
  Buffer.from(options).copy(ip, 20);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  header[12] = 5 << 4;
  header[13] = flags;
  return Buffer.concat([ip, header, payload]);
}

/** A BGP message of a type, without a body. */
export function bgp(type: number): Buffer {
  const message = Buffer.alloc(19, 0xff);
  message.writeUInt16BE(19, 16);
  message[18] = type;
  return message;
}

/** A frame of Ethernet with an IPv4 packet, or of another protocol. */
export function ethernet(packet: Buffer, protocol = 0x0800): Buffer {
  const header = Buffer.alloc(14);
  header.writeUInt16BE(protocol, 12);
  return Buffer.concat([header, packet]);
}

/** A pcap file of frames, a second after each other. */
export function pcap(
  frames: readonly Buffer[],
  { link = 1, big = false, nano = false }: { link?: number; big?: boolean; nano?: boolean } = {},
): Buffer {
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [at, value] of values.entries()) {
      if (big) bytes.writeUInt32BE(value, 4 * at);
      else bytes.writeUInt32LE(value, 4 * at);
    }
    return bytes;
  };
  const head = words(nano ? 0xa1b23c4d : 0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, link);
  const half = nano ? 500_000_000 : 500_000;
  return Buffer.concat([
    head,
    ...frames.flatMap((frame, at) => [
      words(1_700_000_000 + at, half, frame.length, frame.length),
      frame,
    ]),
  ]);
}
