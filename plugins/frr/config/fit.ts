import { changeText, type Changes } from './changes.js';

/** What the inventory says of a router. */
export interface Facts {
  readonly asn: number;
  readonly address: string | null;
  readonly neighbors: readonly string[];
}

/** Numbers of the BGP instances of a configuration; those in a VRF of their own left out. */
export function instancesOf(content: string): number[] {
  return [...content.matchAll(/^router bgp (\d+)\s*$/gm)].map(([, asn]) => Number(asn));
}

/** Router id and neighbours that the block of a system states. */
function blockOf(content: string, asn: number): { id: string | null; neighbors: Set<string> } {
  const neighbors = new Set<string>();
  let id: string | null = null;
  let inside = false;
  for (const line of content.split('\n')) {
    if (/^\S/.test(line) && !line.startsWith('!')) inside = line.trim() === `router bgp ${asn}`;
    if (!inside) continue;
    const words = line.trim().split(/\s+/);
    if (words[0] === 'bgp' && words[1] === 'router-id') id = words[2] ?? null;
    if (words[0] === 'neighbor' && words[1] !== undefined) neighbors.add(words[1]);
  }
  return { id, neighbors };
}

/** What of a configuration does not fit the facts, in words. */
export function faultsOf(
  content: string,
  running: string | null,
  { asn, address, neighbors }: Facts,
): string[] {
  const faults: string[] = [];
  const wanted = instancesOf(content);
  if (!wanted.includes(asn)) faults.push(`the configuration has no 'router bgp ${asn}'`);
  const others = [...wanted, ...instancesOf(running ?? '')].filter((one) => one !== asn);
  for (const other of new Set(others)) {
    faults.push(`AS ${other} ${wanted.includes(other) ? 'is in the configuration' : 'runs there'}`);
  }
  const block = blockOf(content, asn);
  if (address !== null && block.id !== null && block.id !== address) {
    faults.push(`its router id is ${block.id}, not ${address}`);
  }
  const lacking = neighbors.filter((one) => !block.neighbors.has(one));
  if (lacking.length > 0) faults.push(`no neighbor ${lacking.join(', ')}`);
  return faults;
}

/** Commands of a reload that are not inside the block of a system. */
export function outside({ remove, add }: Changes, asn: number): string[] {
  const block = `router bgp ${asn}`;
  return [...remove, ...add]
    .filter(({ within, command }) => within[0] !== block && command !== block)
    .map(changeText);
}
