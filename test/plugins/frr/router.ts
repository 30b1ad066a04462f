import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox, enterCopy, sandboxNeeds, type Sandbox } from '../../targets/sandbox.js';

/** What a test needs for a real router. */
export const routerNeeds = {
  ...sandboxNeeds,
  commands: [...sandboxNeeds.commands, 'vtysh', 'flock'],
  files: ['/usr/lib/frr/bgpd', '/usr/lib/frr/frr-reload.py'],
};

/** A first process that buries the dead: FRR's scripts wait until a daemon's process is gone. */
const init = `${enterCopy}
hostname router
sysctl -qw net.ipv4.ip_forward=1
echo ready
while :; do sleep 3600; done
`;

/** A machine with FRR installed, which does not run yet. */
export function createMachine(): Promise<Sandbox> {
  return createSandbox({ name: 'router', init });
}

/** Configuration of the router that the tests begin with: three neighbours in a group. */
export const base = `frr defaults traditional
hostname router
log syslog informational
no ipv6 forwarding
!
router bgp 65000
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 bgp graceful-restart
 bgp bestpath as-path multipath-relax
 timers bgp 1 3
 neighbor NODES peer-group
 neighbor NODES remote-as external
 neighbor NODES timers connect 1
 neighbor 10.0.0.11 peer-group NODES
 neighbor 10.0.0.12 peer-group NODES
 neighbor 10.0.0.13 peer-group NODES
 !
 address-family ipv4 unicast
  network 10.0.0.0/24
  maximum-paths 4
 exit-address-family
exit
`;

const network = `
ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.1/24 dev br0
for i in 1 2 3; do
  ip netns add n$i
  ip link add v$i type veth peer name eth0 netns n$i
  ip link set v$i master br0 up
  ip -n n$i addr add 10.0.0.1$i/24 dev eth0; ip -n n$i link set eth0 up; ip -n n$i link set lo up
  mkdir -p /etc/frr/n$i; chown frr:frr /etc/frr/n$i
done
`;

/** A node: a bgpd of its own, which announces a pod network and the service address. */
const startNode = `
i=$1
mkdir -p /run/frr/n$i; chown frr:frr /run/frr /run/frr/n$i
cat > /etc/frr/n$i/bgpd.conf <<C
hostname n$i
router bgp 6501$i
 bgp router-id 10.0.0.1$i
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp graceful-restart
 bgp graceful-restart restart-time 4
 bgp graceful-restart preserve-fw-state
 timers bgp 1 3
 neighbor 10.0.0.1 remote-as 65000
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
  network 172.20.$i.0/24
  network 172.16.1.1/32
 exit-address-family
exit
C
ip netns exec n$i /usr/lib/frr/bgpd -d -N n$i -Z -l 10.0.0.1$i -f /etc/frr/n$i/bgpd.conf >/dev/null 2>&1
`;

/** A router between three nodes, all speaking BGP. */
export interface Net {
  readonly router: Sandbox;
  /** Starts the bgpd of a node. */
  start(node: number): Promise<void>;
  /** Ends it at once, without a word to the router: what a crash of an agent is like. */
  kill(node: number): Promise<void>;
  /** Ends it in order, with a notification. */
  unselect(node: number): Promise<void>;
  /** Waits until a script inside succeeds. */
  until(script: string): Promise<void>;
}

/** Starts FRR with {@link base} on a machine that has the network. */
export async function startRouter(machine: Sandbox, configuration = base): Promise<void> {
  await machine.target.run('sh', ['-euc', 'cat > /etc/frr/frr.conf'], { input: configuration });
  await machine.sh(`
sed -i 's/^bgpd=.*/bgpd=yes/' /etc/frr/daemons
/usr/lib/frr/frrinit.sh start >/dev/null 2>&1`);
}

/** Makes the network with all sessions up: some four seconds. */
export async function createNet(): Promise<Net> {
  const router = await createMachine();
  const until = async (script: string): Promise<void> => {
    for (let round = 0; round < 300; round += 1) {
      const { exitCode } = await router.target.run('sh', ['-c', script], { exits: 'any' });
      if (exitCode === 0) return;
      await delay(100);
    }
    throw new Error(`it never came true: ${script}`);
  };
  const net: Net = {
    router,
    until,
    start: async (node) => {
      await router.sh(startNode, String(node));
    },
    kill: async (node) => {
      await router.sh('kill -9 "$(cat /run/frr/n$1/bgpd.pid)"', String(node));
    },
    unselect: async (node) => {
      await router.sh(
        'vtysh --vty_socket /run/frr/n$1 -c "conf t" -c "router bgp 6501$1" -c "neighbor 10.0.0.1 shutdown"',
        String(node),
      );
    },
  };
  await router.sh(network);
  await startRouter(router);
  for (const node of [1, 2, 3]) await net.start(node);
  await until(
    `[ "$(vtysh -c 'show bgp summary json' | grep -c '"Established"')" = 3 ] && [ "$(ip route show 172.16.1.1 | grep -c nexthop)" = 3 ]`,
  );
  return net;
}
