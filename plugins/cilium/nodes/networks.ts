import type { CiliumNode } from '../bgp/resources.js';

/** Pod networks by node; of a node that has none yet, an empty list. */
export function podNetworks(nodes: readonly CiliumNode[]): ReadonlyMap<string, string[]> {
  return new Map(
    nodes.map(({ metadata, spec }) => [metadata.name, [...(spec?.ipam?.podCIDRs ?? [])]]),
  );
}

/** All prefixes, each once, by number. */
export function prefixesOf(networks: Readonly<Record<string, readonly string[]>>): string[] {
  return [...new Set(Object.values(networks).flat())].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
}
