import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net';

/** An address or prefix in the kernel's spelling. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** Destination in the spelling of `ip`: `default`, or a prefix without /32 and /128. */
export function canonicalDestination(to: string): string {
  const [address = '', bits = ''] = to.split('/');
  if (to === 'default') return to;
  if (bits === '0') return 'default';
  const plain = canonicalAddress(address);
  return bits === '' || bits === (isIPv6(address) ? '128' : '32') ? plain : `${plain}/${bits}`;
}

/** True for `default`, an address, or a prefix whose host bits are zero. */
export function isDestination(to: string): boolean {
  if (to === 'default') return true;
  const [address = '', bits, ...more] = to.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return false;
  if (bits === undefined) return true;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > (version === 6 ? 128 : 32)) return false;
  return isNetwork(address, Number(bits));
}

function bytesOf(address: string): number[] {
  if (!isIPv6(address)) return address.split('.').map(Number);
  const groups = canonicalAddress(address).replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a: string, b: string, c: string, d: string) =>
      `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`,
  );
  const [left = '', right] = groups.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [head, tail] = [words(left), words(right ?? '')];
  const gap = right === undefined ? [] : Array<number>(8 - head.length - tail.length).fill(0);
  return [...head, ...gap, ...tail].flatMap((word) => [word >> 8, word & 255]);
}

function isNetwork(address: string, bits: number): boolean {
  return bytesOf(address).every((byte, index) => {
    const own = Math.min(8, Math.max(0, bits - 8 * index));
    return (byte & (0xff >> own)) === 0;
  });
}

/** Whether an address lies inside a destination. */
export function isInside(address: string, to: string): boolean {
  if (to === 'default') return true;
  const [network = '', bits] = to.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if ((isIPv6(address) ? 'ipv6' : 'ipv4') !== family) return false;
  const list = new BlockList();
  list.addSubnet(
    network,
    bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits),
    family,
  );
  return list.check(address, family);
}

/** Whether two addresses or prefixes have an address in common: one of them is inside the other. */
export function overlaps(a: string, b: string): boolean {
  const [first = '', second = ''] = [a, b].map((one) => one.split('/')[0]);
  return isInside(first, b) || isInside(second, a);
}

/** An address that stands for a destination: its first host, or itself; null for `default`. */
export function sampleAddress(to: string): string | null {
  const destination = canonicalDestination(to);
  if (destination === 'default') return null;
  const [address = '', bits] = destination.split('/');
  if (bits === undefined) return address;
  const bytes = bytesOf(address);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  if (!isIPv6(address)) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return canonicalAddress(words.join(':'));
}
