import { nspawnNetwork } from '../../../plugins/nspawn/network.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { createLabStage, stageNeeds } from './stage.js';

/**
 * Every namespace with its interfaces, addresses and routes, and what is kept on the host. Of the hardware addresses
 * only ours: the kernel draws the others, each time anew, and one of 16,384 of them begins with 52:54, too.
 */
const look = `
for namespace in $(ls /run/netns 2>/dev/null); do
  echo "== $namespace"
  ip -n "$namespace" -br -4 addr show | sed 's/@if[0-9]*//'
  ip -n "$namespace" -d link show | grep -oE 'master [^ ]+|link/ether 52:54:00:[^ ]+' || :
  ip -n "$namespace" route show
done
find /run/runbook -type f ! -name boot -exec grep -H . {} + 2>/dev/null || :
`;
const clean = 'ip -all netns del; rm -rf /run/runbook';
const stage = createLabStage(clean, look);

// Limits that every host has reached: those of this machine stay as they are.
const inotify = { instances: 1, watches: 1 };
const bridges = [
  { name: 'br10', addresses: ['192.168.10.1/24', '10.0.0.1/8'] },
  { name: 'br30', addresses: [] },
];
const client = {
  name: 'client',
  bridge: 'br30',
  address: '192.168.30.10/24',
  gateway: '192.168.30.200',
};
const lab = { prefix: 'lab', bridges, clients: [client], inotify };

const fabric =
  'ip netns add lab; ip -n lab link set lo up; ip -n lab link add br10 type bridge; ip -n lab link set br10 up';
const whole = `ip netns add lab
ip -n lab link add br10 address 52:54:00:a8:0a:01 type bridge; ip -n lab link set br10 up
ip -n lab addr add 192.168.10.1/24 brd + dev br10; ip -n lab addr add 10.0.0.1/8 brd + dev br10
ip -n lab link add br30 type bridge; ip -n lab link set br30 up; ip -n lab link set lo up`;

laws(nspawnNetwork, {
  test: needs(stageNeeds),
  killPoints: 3,
  timeoutMs: 120_000,
  cases: [
    stage.situation('no network', ':', lab),
    stage.situation(
      'no network, and none is wanted',
      ':',
      { ...lab, state: 'absent' },
      {
        finds: 'nothing',
      },
    ),
    stage.situation('half a network, beside another lab', `${fabric}; ip netns add lab2`, lab),
    stage.situation(
      'a network with other addresses, and bridges of others',
      `${fabric}; ip -n lab addr add 192.168.10.1/24 dev br10; ip -n lab addr add 172.16.0.1/16 dev br10
       ip -n lab link add br99 type bridge; ip -n lab link set br99 up`,
      lab,
    ),
    stage.situation(
      'a client with another gateway',
      `${whole}; ip netns add lab-client; ip -n lab-client link set lo up
       ip -n lab link add client-eth1 type veth peer name eth1 address 52:54:00:a8:1e:0a netns lab-client
       ip -n lab link set client-eth1 master br30 up; ip -n lab-client link set eth1 up
       ip -n lab-client addr add 192.168.30.10/24 brd + dev eth1
       ip -n lab-client route add default via 192.168.30.1`,
      lab,
    ),
    stage.situation(
      'a network that is to go',
      `${whole}; ip netns add lab-client; ip -n lab-client link set lo up`,
      {
        ...lab,
        state: 'absent',
        bridges,
      },
    ),
  ],
  bad: [
    { title: 'a prefix with a slash', input: { ...lab, prefix: '../x' } },
    {
      title: 'a bridge whose name is too long',
      input: { ...lab, bridges: [{ name: 'b'.repeat(16) }] },
    },
    {
      title: 'a bridge with a newline in its name',
      input: { ...lab, bridges: [{ name: 'br\nx' }] },
    },
    {
      title: 'an address that is none',
      input: { ...lab, bridges: [{ name: 'br10', addresses: ['10.0.0.1'] }] },
    },
    {
      title: 'a client in a bridge that is not there',
      input: { ...lab, clients: [{ ...client, bridge: 'br7' }] },
    },
    { title: 'two clients of the same name', input: { ...lab, clients: [client, client] } },
    { title: 'an unknown field', input: { ...lab, bridge: 'br10' } },
  ],
});
