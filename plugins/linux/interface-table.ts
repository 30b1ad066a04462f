import { isObject } from '../../core/json.js';

/** An interface with its addresses. */
export interface Interface {
  readonly name: string;
  readonly up: boolean;
  /** Global addresses with their length, such as `192.168.10.100/24`. */
  readonly addresses: readonly string[];
}

function addressesOf(listed: unknown): string[] {
  if (!Array.isArray(listed)) return [];
  return listed.filter(isObject).flatMap(({ local, prefixlen, scope }) => {
    // Link-local addresses and those of the loopback tell nothing of a host.
    if (scope !== 'global' || typeof local !== 'string') return [];
    return [`${local}/${String(prefixlen)}`];
  });
}

/**
 * Reads `ip -j address show`.
 * @throws TypeError when it is something else.
 */
export function parseInterfaces(answer: unknown): Interface[] {
  if (!Array.isArray(answer)) throw new TypeError('not a list of interfaces');
  return answer.filter(isObject).map((one) => {
    const { ifname: name, flags, addr_info: listed } = one;
    if (typeof name !== 'string') throw new TypeError('an interface without a name');
    const up = Array.isArray(flags) && flags.includes('UP');
    return { name, up, addresses: addressesOf(listed) };
  });
}
