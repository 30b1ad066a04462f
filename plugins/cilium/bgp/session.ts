import type { Target } from '../../../core/target.js';
import { ask, type Told } from '../agent/ask.js';
import type { Agent } from '../agent/pods.js';
import { inOrder, parseAdvertised, parsePeers, type AgentPeer } from './routes.js';

/** Sessions of an agent. */
export function peersOf(cluster: Target, agent: Agent): Promise<Told<AgentPeer[]>> {
  return ask(cluster, agent, ['bgp', 'peers'], parsePeers);
}

/** Prefixes that an agent announces to its peers now. */
export async function announcedBy(
  cluster: Target,
  agent: Agent,
  peers: readonly AgentPeer[],
): Promise<Told<string[]>> {
  const families = new Set(peers.flatMap((peer) => peer.families));
  const prefixes: string[] = [];
  for (const family of families) {
    if (family !== 'ipv4' && family !== 'ipv6') continue;
    const args = ['bgp', 'routes', 'advertised', family, 'unicast'];
    const routes = await ask(cluster, agent, args, parseAdvertised);
    if (routes.told === undefined) return routes;
    prefixes.push(...routes.told);
  }
  return { told: inOrder(prefixes) };
}
