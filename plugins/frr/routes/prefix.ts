import { z } from 'zod';

/** Commands differ by family, in FRR and in `ip`. */
export type Family = 'ipv4' | 'ipv6';

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

/** Whether a text is an address, without interface or mask. */
export function isAddress(text: string): boolean {
  return ipv4.safeParse(text).success || ipv6.safeParse(text).success;
}

/** An address in the spelling of the kernel and of FRR. */
export function canonicalAddress(address: string): string {
  // A URL spells an IPv6 address as RFC 5952 wants it.
  return ipv6.safeParse(address).success
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address;
}

/** A prefix with its length, `172.16.1.1/32` also for a plain address. */
export function canonicalPrefix(prefix: string): string {
  const [address = '', bits] = prefix.split('/');
  return `${canonicalAddress(address)}/${bits ?? (familyOf(address) === 'ipv6' ? '128' : '32')}`;
}

/** Family of an address or prefix. */
export function familyOf(text: string): Family {
  return text.includes(':') ? 'ipv6' : 'ipv4';
}

/** Whether a prefix is one address: what a load balancer announces for a service. */
export function isHostPrefix(prefix: string): boolean {
  return prefix.endsWith(familyOf(prefix) === 'ipv6' ? '/128' : '/32');
}

function isPrefix(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (!isAddress(address) || more.length > 0) return false;
  const most = familyOf(address) === 'ipv6' ? 128 : 32;
  if (bits === undefined) return true;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > most) return false;
  const host = BigInt(most - Number(bits));
  return (numberOf(address) >> host) << host === numberOf(address);
}

/** The bits of an address, as one number. */
function numberOf(address: string): bigint {
  if (familyOf(address) === 'ipv4') {
    return address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  }
  const words = (text = ''): string[] => (text === '' ? [] : text.split(':'));
  const [left, right] = canonicalAddress(address).split('::').map(words);
  const missing = 8 - (left?.length ?? 0) - (right?.length ?? 0);
  const all = [...(left ?? []), ...Array<string>(missing).fill('0'), ...(right ?? [])];
  return all.reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n);
}

/** Whether an address lies in a prefix. */
export function isInside(address: string, prefix: string): boolean {
  const [network = '', bits = '0'] = canonicalPrefix(prefix).split('/');
  const family = familyOf(network);
  if (!isAddress(address) || familyOf(address) !== family) return false;
  const host = BigInt((family === 'ipv6' ? 128 : 32) - Number(bits));
  return numberOf(address) >> host === numberOf(network) >> host;
}

/** A field with an address. */
export const address = z
  .string()
  .refine(isAddress, 'write an IP address')
  .transform(canonicalAddress);

/** A field with an IPv4 address. */
export const address4 = z.ipv4('write an IPv4 address');

/** A field with a prefix, or with an address for a prefix of its own. */
export const prefix = z
  .string()
  .refine(isPrefix, 'write a prefix such as 172.20.2.0/24 without host bits, or an address')
  .transform(canonicalPrefix);

/** First and last address of a prefix, or of an address, as numbers. */
export function rangeOf(prefix: string): { readonly family: Family; low: bigint; high: bigint } {
  const [network = '', bits = '0'] = canonicalPrefix(prefix).split('/');
  const family = familyOf(network);
  const host = BigInt((family === 'ipv6' ? 128 : 32) - Number(bits));
  const low = (numberOf(network) >> host) << host;
  return { family, low, high: low + (1n << host) - 1n };
}
