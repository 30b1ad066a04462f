import { RunbookError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { cableOf, namespaceOf } from '../names.js';
import { clientInterface, type Client, type Fabric } from './fabric.js';

/** The network of a lab as it was found, with what is not put back by itself. */
export interface SeenFabric {
  readonly fabric: Fabric;
  /**
   * Cables of machines in the fabric: interfaces that are neither bridges nor cables of the clients
   * asked for.
   */
  readonly cables: readonly string[];
  /** Bridges that are not up. */
  readonly down: readonly string[];
  /** Namespaces whose loopback interface is not up. */
  readonly withoutLoopback: readonly string[];
  /**
   * Bridged frames pass the fabric's own iptables; null where the kernel has no br_netfilter (yet).
   */
  readonly filtered: boolean | null;
}

/**
 * Prints, for each namespace of $@ that exists, a line with its addresses and one with its default
 * routes, as JSON.
 */
const script = `set -eu
fabric=$1
for namespace; do
  [ -e "/run/netns/$namespace" ] || continue
  printf 'addresses %s ' "$namespace"; ip -n "$namespace" -d -j addr show
  printf 'routes %s ' "$namespace"; ip -n "$namespace" -j route show default
done
[ ! -e "/run/netns/$fabric" ] || nsenter --net="/run/netns/$fabric" sh -c '
  file=/proc/sys/net/bridge/bridge-nf-call-iptables
  [ ! -r $file ] || echo "filtered here $(cat $file)"'
echo 'complete - -'
`;

interface Interface {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly { family: string; local: string; prefixlen: number }[];
}

interface Route {
  readonly gateway?: string;
}

function isUp({ flags }: Interface): boolean {
  return flags.includes('UP');
}

/** In the kernel's order, which is that of their making. */
function addressesOf(found: Interface | undefined): string[] {
  return (found?.addr_info ?? [])
    .filter(({ family }) => family === 'inet')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/**
 * Reads what the script above printed.
 * @throws RunbookError `check-failed` when it was cut off.
 */
export function parseFabric(
  stdout: string,
  prefix: string,
  clients: readonly string[],
): SeenFabric {
  const facts = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [, key, value] = /^(\S+ \S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) facts.set(key, value);
  }
  if (!facts.has('complete -')) {
    throw new RunbookError('check-failed', `the look at network ${prefix} was cut off`);
  }
  const read = <T>(key: string): T[] => {
    const text = facts.get(key)?.trim() ?? '';
    // Some versions of ip print nothing instead of an empty list.
    return text === '' ? [] : (JSON.parse(text) as T[]);
  };
  const interfaces = read<Interface>(`addresses ${prefix}`);
  const isBridge = ({ linkinfo }: Interface): boolean => linkinfo?.info_kind === 'bridge';
  const bridges = interfaces.filter(isBridge);
  const own = new Set(clients.map((name) => cableOf(name, clientInterface)));
  const seen: Record<string, Client> = {};
  for (const name of clients) {
    const namespace = namespaceOf(prefix, name);
    if (!facts.has(`addresses ${namespace}`)) continue;
    const cable = interfaces.find(({ ifname }) => ifname === cableOf(name, clientInterface));
    const inside = read<Interface>(`addresses ${namespace}`).find(
      ({ ifname }) => ifname === clientInterface,
    );
    seen[name] = {
      bridge: inside === undefined ? null : (cable?.master ?? null),
      addresses: addressesOf(inside),
      gateway: read<Route>(`routes ${namespace}`)[0]?.gateway ?? null,
    };
  }
  const filtered = facts.get('filtered here');
  return {
    fabric: {
      namespace: facts.has(`addresses ${prefix}`),
      bridges: Object.fromEntries(bridges.map((each) => [each.ifname, addressesOf(each)])),
      clients: seen,
    },
    cables: interfaces
      .filter((each) => each.linkinfo?.info_kind === 'veth' && !own.has(each.ifname))
      .map(({ ifname }) => ifname)
      .sort(),
    down: bridges.filter((each) => !isUp(each)).map(({ ifname }) => ifname),
    withoutLoopback: [prefix, ...clients.map((name) => namespaceOf(prefix, name))].filter((name) =>
      read<Interface>(`addresses ${name}`).some((each) => each.ifname === 'lo' && !isUp(each)),
    ),
    filtered: filtered === undefined ? null : filtered !== '0',
  };
}

/** Looks at the network of a lab in one command; changes nothing. */
export async function lookAtFabric(
  target: Target,
  prefix: string,
  clients: readonly string[],
): Promise<SeenFabric> {
  const namespaces = clients.map((name) => namespaceOf(prefix, name));
  const { stdout } = await target.run('sh', ['-c', script, 'look', prefix, ...namespaces], {
    sudo: true,
    timeout: '20s',
    failure: 'check-failed',
  });
  return parseFabric(stdout, prefix, clients);
}
