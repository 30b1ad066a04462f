import { createHash } from 'node:crypto';

/** Longest name of a network interface in Linux (IFNAMSIZ without the final NUL). */
export const interfaceLength = 15;

/** Network namespace of a machine or client of a lab; the fabric's own is the prefix alone. */
export function namespaceOf(prefix: string, name: string): string {
  return `${prefix}-${name}`;
}

/**
 * Name of the fabric's end of a virtual cable: `k8s-w0-eth1`; where that is too long, its beginning
 * and a hash of it, so that long names stay distinct.
 */
export function cableOf(machine: string, nic: string): string {
  const plain = `${machine}-${nic}`;
  if (plain.length <= interfaceLength) return plain;
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 6);
  return `${plain.slice(0, interfaceLength - hash.length - 1)}-${hash}`;
}

/**
 * MAC address that belongs to an IPv4 address: the same in every life of a machine, so that
 * neighbours' caches stay right. 52:54:00 is the locally administered range that QEMU uses.
 */
export function macOf(address: string): string {
  const octets = plainAddress(address).split('.').slice(1).map(Number);
  return ['52', '54', '00', ...octets.map((octet) => octet.toString(16).padStart(2, '0'))].join(
    ':',
  );
}

/** The address without the length of its prefix. */
export function plainAddress(address: string): string {
  return address.split('/')[0] ?? address;
}

/** Directory of a lab's control groups below the top of each hierarchy. */
export function controlGroupOf(prefix: string): string {
  return `nspawn-${prefix}`;
}
