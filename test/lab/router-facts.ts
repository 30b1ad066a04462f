import type { Target } from '../../core/target.js';

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway: string }[];
}

/** Prefixes that the router's kernel sends by BGP to a next hop, by `ip`: another tool than FRR's. */
export async function routesVia(router: Target, hop: string): Promise<string[]> {
  const { stdout } = await router.run('ip', ['-j', 'route', 'show', 'proto', 'bgp']);
  return (JSON.parse(stdout) as Route[])
    .filter((route) => [route, ...(route.nexthops ?? [])].some((one) => one.gateway === hop))
    .map(({ dst }) => dst)
    .sort();
}

/** Addresses at the other end of the router's BGP connections, by `ss`. */
export async function connected(router: Target): Promise<string[]> {
  const args = ['-tnH', 'state', 'established', '( sport = :179 or dport = :179 )'];
  const { stdout } = await router.run('ss', args);
  const peers = stdout.split('\n').filter((line) => line.trim() !== '');
  return peers
    .map((line) => (line.trim().split(/\s+/).at(3) ?? '').replace(/:\d+$/, '').replace(/^.*:/, ''))
    .sort();
}

/** How often the router has lost each of its sessions. */
export async function lostSessions(router: Target): Promise<Readonly<Record<string, number>>> {
  const args = ['-c', 'show bgp ipv4 unicast summary json'];
  const { stdout } = await router.run('vtysh', args, { sudo: true });
  const { peers = {} } = JSON.parse(stdout) as {
    peers?: Record<string, { readonly connectionsDropped?: number }>;
  };
  return Object.fromEntries(
    Object.entries(peers).map(([peer, facts]) => [peer, facts.connectionsDropped ?? 0]),
  );
}

/** Commands below `configure terminal`, for a router that is to be found in a wrong state. */
export async function configure(router: Target, ...lines: string[]): Promise<void> {
  const commands = ['configure terminal', ...lines].flatMap((line) => ['-c', line]);
  await router.run('vtysh', commands, { sudo: true });
}
