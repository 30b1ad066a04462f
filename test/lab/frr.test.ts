import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { frrBgpEstablished } from '../../plugins/frr/bgp-established.js';
import { frrConfig } from '../../plugins/frr/config.js';
import { frrConfigFits } from '../../plugins/frr/config-fits.js';
import { frrMultipathFits } from '../../plugins/frr/multipath-fits.js';
import { frrRoutesAbsent } from '../../plugins/frr/routes-absent.js';
import { frrRoutesPresent } from '../../plugins/frr/routes-present.js';
import { frrVipRedundant } from '../../plugins/frr/vip-redundant.js';
import type { AnyAction } from '../../core/action.js';
import { laws } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, lab, needsLab } from './kube-fixture.js';
import { createLabHost } from './lab-host.js';

const test = needsLab('routers', 'nodes');
const open = createLabTargets(finish);
const router = open(hostsOf('routers')[0] ?? 'no-router');
const host = createLabHost(router);
const nodes = hostsOf('nodes').map((name) => lab?.inventory.hosts[name]?.address ?? '');
const node = nodes[0] ?? '192.0.2.1';
const vip = '172.16.1.1/32';
/** An address in the network of the nodes that no machine has. */
const nobody = '192.168.10.222';

/** The router's file as the lab gave it. */
const mine = '/var/tmp/law-frr.conf';

/** What the tests and frr.config keep on the router. */
async function finish(): Promise<void> {
  if (hostsOf('routers').length > 0) await host.sh(`rm -rf /var/lib/runbook/laws ${mine}`);
}

/** Next hops by prefix in the router's kernel, as `ip` tells them: another tool than FRR's. */
async function kernel(): Promise<ReadonlyMap<string, readonly string[]>> {
  interface Route {
    readonly dst: string;
    readonly gateway?: string;
    readonly nexthops?: readonly { readonly gateway: string }[];
  }
  const text = await host.sh('ip -j route show proto bgp');
  return new Map(
    (JSON.parse(text) as Route[]).map(({ dst, gateway, nexthops = [] }) => [
      dst,
      [gateway, ...nexthops.map((hop) => hop.gateway)].filter((hop) => hop !== undefined),
    ]),
  );
}

const bgp = (...lines: string[]): string =>
  `vtysh -c 'configure terminal' -c 'router bgp' ${lines.map((line) => `-c '${line}'`).join(' ')}`;
const forget = `if vtysh -c 'show running-config' | grep -q 'neighbor ${nobody} '; then ${bgp(`no neighbor ${nobody}`)}; fi`;
const read = host.stage(forget, "vtysh -c 'show running-config'; ip route show proto bgp");

laws(frrBgpEstablished, {
  test,
  cases: [
    read('all sessions are up', ':', {}, { finds: 'nothing' }),
    read(
      'a neighbour that is shut down',
      bgp(`neighbor ${nobody} remote-as 65099`, `neighbor ${nobody} shutdown`),
      { peers: [...nodes, nobody] },
    ),
  ],
  bad: [],
});

laws(frrRoutesPresent, {
  test,
  cases: [
    read(
      'the service address has all nodes',
      ':',
      { prefixes: [vip], via: nodes, minNextHops: Math.max(1, nodes.length) },
      { finds: 'nothing' },
    ),
    read('a next hop that nobody is', ':', { prefixes: [vip], via: nobody }),
  ],
  bad: [],
});

laws(frrRoutesAbsent, {
  test,
  cases: [
    read('a next hop that nobody is', ':', { via: nobody }, { finds: 'nothing' }),
    read('a node that is used', ':', { via: node }),
  ],
  bad: [],
});

laws(frrVipRedundant, {
  test,
  cases: [
    read('other nodes have the address', ':', { via: node }, { finds: 'nothing' }),
    read('an address that is not routed', ':', { via: node, prefixes: ['172.16.1.254'] }),
  ],
  bad: [],
});

laws(frrMultipathFits, {
  test,
  cases: [
    read(
      'all nodes for an address',
      ':',
      { prefixes: [vip], via: nodes.length === 0 ? node : nodes },
      { finds: 'nothing' },
    ),
    read('more next hops than maximum-paths', ':', {
      prefixes: [vip],
      via: [1, 2, 3, 4, 5].map((last) => `192.0.2.${last}`),
    }),
  ],
  bad: [],
});

const network = '10.10.2.0/24';
const original = lab === null ? '' : readFileSync(join(lab.project, 'frr.conf'), 'utf8');
const changed = original
  .replace('\n !\n', `\n neighbor ${nobody} peer-group CILIUM\n !\n`)
  .replace('  network ', `  network ${network}\n  network `);

/** Gives the router back its file, and takes away what the changed one holds besides, in FRR's own words. */
const config = host.stage(
  `cd /etc/frr; [ -e ${mine} ] || cp -p frr.conf ${mine}
cmp -s ${mine} frr.conf || cp -p ${mine} frr.conf
${forget}
if vtysh -c 'show running-config' | grep -q 'network ${network}'; then ${bgp('address-family ipv4 unicast', `no network ${network}`)}; fi`,
  `vtysh -c 'show running-config'; ip route show proto bgp
find /etc/frr -printf '%P %y %m %u:%g\n' | LC_ALL=C sort; sha256sum /etc/frr/frr.conf /etc/frr/daemons
vtysh -c 'show bgp summary json' | grep -E '^ *"[0-9.]+":[{]|"connectionsDropped"'`,
);

laws(frrConfig, {
  test,
  // Each reload takes seconds: workers die at all commands beside a router of the sandbox.
  killPoints: 1,
  timeoutMs: 240_000,
  cases: [
    config('one neighbour and one network more, and no session drops', ':', {
      content: changed,
      daemons: ['bgpd'],
    }),
    config(
      'as the lab gave it',
      ':',
      { content: original, daemons: ['bgpd'] },
      { finds: 'nothing' },
    ),
  ],
  bad: [],
});

const facts = { asn: 65000, address: '192.168.10.200', neighbors: nodes };

laws(frrConfigFits, {
  test,
  timeoutMs: 120_000,
  cases: [
    config(
      'one neighbour and one network more',
      ':',
      { content: changed, ...facts },
      { finds: 'nothing' },
    ),
    config('a neighbour too few', ':', {
      content: original,
      ...facts,
      neighbors: [...nodes, nobody],
    }),
    config('the number of another system', ':', { content: original, ...facts, asn: 65099 }),
  ],
  bad: [],
});

describe("the router's routes", () => {
  async function check(action: AnyAction, input: object) {
    const world = { target: router, input, cleanup: () => Promise.resolve() };
    const { drift, output } = await attempt(action, world).check();
    return { drift, output };
  }

  test("are present as the router's kernel has them", async () => {
    const table = await kernel();
    expect([...(table.get('172.16.1.1') ?? [])].sort()).toEqual([...nodes].sort());
    for (const via of nodes) {
      const own = [...table].filter(([, hops]) => hops.includes(via)).map(([prefix]) => prefix);
      const others = [...table.keys()].filter((prefix) => !own.includes(prefix));
      expect(own.length).toBeGreaterThan(1);
      expect(await check(frrRoutesPresent, { prefixes: own, via })).toEqual({
        drift: null,
        output: { present: own.length, missing: 0 },
      });
      expect(await check(frrRoutesPresent, { prefixes: others, via })).toMatchObject({
        drift: expect.stringContaining(`no path via ${via}`),
        output: { present: 0, missing: others.length },
      });
      expect(await check(frrRoutesAbsent, { via })).toMatchObject({
        output: { remaining: own.length },
      });
      expect(await check(frrRoutesAbsent, { via, prefixes: others })).toMatchObject({
        drift: null,
      });
    }
  }, 60_000);

  test('are redundant where the kernel has a second next hop', async () => {
    for (const [prefix, hops] of await kernel()) {
      for (const via of nodes) {
        const lonely = hops.length === 1 && hops[0] === via;
        const { drift } = await check(frrVipRedundant, { via, prefixes: [prefix] });
        expect({ prefix, via, lonely: drift !== null }).toEqual({ prefix, via, lonely });
      }
    }
  }, 60_000);
});
