import { afterAll, describe, expect } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { AnyAction } from '../../../core/action.js';
import { frrBgpEstablished } from '../../../plugins/frr/bgp-established.js';
import { frrMultipathFits } from '../../../plugins/frr/multipath-fits.js';
import { frrRoutesAbsent } from '../../../plugins/frr/routes-absent.js';
import { frrRoutesPresent } from '../../../plugins/frr/routes-present.js';
import { frrVipRedundant } from '../../../plugins/frr/vip-redundant.js';
import { attempt } from '../../laws/attempt.js';
import { needs } from '../../needs.js';
import { createNet, routerNeeds, type Net } from './router.js';

const test = needs(routerNeeds);
let made: Promise<Net> | undefined;
const net = (): Promise<Net> => (made ??= createNet());
afterAll(async () => {
  await (await made)?.router.stop();
});

async function check(action: AnyAction, input: object) {
  const { target } = (await net()).router;
  const world = { target, input, cleanup: () => Promise.resolve() };
  return attempt(action, world).check();
}

async function driftOf(action: AnyAction, input: object): Promise<string | null> {
  return (await check(action, input)).drift;
}

/** Looks until the condition holds; answers every text seen on the way. */
async function waited(action: AnyAction, input: object): Promise<string[]> {
  const seen: string[] = [];
  for (let round = 0; round < 200; round += 1) {
    const drift = await driftOf(action, input);
    if (drift === null) return seen;
    if (seen.at(-1) !== drift) seen.push(drift);
    await delay(100);
  }
  throw new Error(`never: ${seen.at(-1) ?? ''}`);
}

const [n1, n2] = ['10.0.0.11', '10.0.0.12'];
const vip = '172.16.1.1';

describe('a real router with three nodes', () => {
  test('all is well: sessions, routes, shared load, redundancy', async () => {
    expect((await check(frrBgpEstablished, {})).drift).toBeNull();
    expect((await check(frrBgpEstablished, {})).output).toEqual({ established: 3, down: [] });
    expect(
      await driftOf(frrRoutesPresent, { prefixes: ['172.20.1.0/24', vip], via: n1 }),
    ).toBeNull();
    expect(await driftOf(frrRoutesPresent, { prefixes: [vip], minNextHops: 3 })).toBeNull();
    expect(
      await driftOf(frrRoutesPresent, { prefixes: [vip], via: [n1, n2, '10.0.0.13'] }),
    ).toBeNull();
    expect((await check(frrVipRedundant, { via: n1 })).drift).toBeNull();
    expect((await check(frrVipRedundant, { via: n1 })).output).toEqual({ vips: 1, lonely: [] });
  }, 60_000);

  test('what is not so is told in words', async () => {
    expect(await driftOf(frrBgpEstablished, { minUptime: '2h' })).toMatch(
      /^router: 10\.0\.0\.11 is up for .* only, /,
    );
    expect(await driftOf(frrRoutesPresent, { prefixes: ['172.20.2.0/24'], via: n1 })).toBe(
      'router: 172.20.2.0/24: no path via 10.0.0.11',
    );
    expect(await driftOf(frrRoutesPresent, { prefixes: ['10.99.0.0/16'] })).toBe(
      'router: 10.99.0.0/16 is not in BGP',
    );
    expect(await driftOf(frrRoutesPresent, { prefixes: [vip], minNextHops: 4 })).toBe(
      'router: 172.16.1.1/32 has 3 of 4 next hops in the kernel',
    );
    expect(await driftOf(frrRoutesPresent, { prefixes: ['10.0.0.0/24'] })).toBe(
      'router: 10.0.0.0/24 is routed by connected, not by BGP',
    );
    expect(await driftOf(frrRoutesAbsent, { via: n1 })).toBe(
      'router still has 172.16.1.1/32 via 10.0.0.11; 172.20.1.0/24 via 10.0.0.11',
    );
    expect(await driftOf(frrRoutesAbsent, { via: n1, prefixes: ['172.20.1.0/24'] })).toBe(
      'router still has 172.20.1.0/24 via 10.0.0.11',
    );
    expect(await driftOf(frrRoutesAbsent, { prefixes: ['172.20.3.0/24'] })).toBe(
      'router still has 172.20.3.0/24 via 10.0.0.13',
    );
    expect(await driftOf(frrRoutesAbsent, { via: '10.0.0.99' })).toBeNull();
    expect(await driftOf(frrRoutesAbsent, { prefixes: ['10.99.0.0/16'] })).toBeNull();
    expect(await driftOf(frrVipRedundant, { via: n1, prefixes: ['172.16.1.7'] })).toBe(
      'router: 172.16.1.7/32 is not routed',
    );
  });

  test('a neighbour that nobody configured is no matter of waiting', async () => {
    await expect(check(frrBgpEstablished, { peers: [n1, '10.0.0.99'] })).rejects.toMatchObject({
      code: 'not-found',
      class: 'permanent',
      message: 'router: no such BGP neighbour: 10.0.0.99',
    });
  });

  test('a killed node leaves stale routes, in the kernel too; they go when the restart time is over', async () => {
    const { kill, start, router } = await net();
    await kill(1);
    const seen = await waited(frrRoutesAbsent, { via: n1 });
    expect(seen.some((text) => /172\.20\.1\.0\/24 via 10\.0\.0\.11, stale, \d s/.test(text))).toBe(
      true,
    );
    expect(await router.sh('ip route show 172.20.1.0/24')).toBe('');
    await start(1);
    await waited(frrRoutesPresent, { prefixes: ['172.20.1.0/24', vip], via: n1 });
  }, 60_000);

  test('while its routes are stale, a node is neither present nor the redundancy of another', async () => {
    const { kill, start, until } = await net();
    await kill(2);
    await until('vtysh -c "show bgp ipv4 unicast 172.20.2.0/24 json" | grep -q stale');
    expect(await driftOf(frrRoutesPresent, { prefixes: ['172.20.2.0/24'], via: n2 })).toMatch(
      /^router: 172\.20\.2\.0\/24: the path via 10\.0\.0\.12 is stale, \d s$/,
    );
    expect(await driftOf(frrRoutesPresent, { prefixes: ['172.20.2.0/24'] })).toMatch(/stale/);
    expect(await driftOf(frrBgpEstablished, {})).toMatch(
      /^router: 10\.0\.0\.12 is (?:Active|Connect|Idle), restarting$/,
    );
    await start(2);
    await waited(frrBgpEstablished, {});
  }, 60_000);

  test('a node that leaves in order is gone at once, and the last next hop is named', async () => {
    const { unselect, kill, start } = await net();
    await unselect(2);
    await waited(frrRoutesAbsent, { via: n2 });
    await unselect(3);
    await waited(frrRoutesAbsent, { via: '10.0.0.13' });
    const { drift, output } = await check(frrVipRedundant, { via: n1 });
    expect(drift).toBe('router: 172.16.1.1/32 has no next hop but 10.0.0.11');
    expect(output).toEqual({ vips: 1, lonely: ['172.16.1.1/32'] });
    for (const node of [2, 3]) {
      await kill(node);
      await start(node);
    }
    await waited(frrRoutesPresent, { prefixes: [vip], minNextHops: 3 });
  }, 60_000);

  test('next hops that the router would leave out of its kernel are told before', async () => {
    const { router, until } = await net();
    const bgp = (...lines: string[]): Promise<string> =>
      router.sh(
        `vtysh -c 'conf t' -c 'router bgp 65000' ${lines.map((line) => `-c '${line}'`).join(' ')}`,
      );
    const hops = (count: number): Promise<void> =>
      until(`[ "$(ip route show ${vip} | grep -c via)" = ${count} ]`);
    const all = { prefixes: [vip], via: [n1, n2, '10.0.0.13'] };
    expect((await check(frrMultipathFits, all)).output).toEqual({ nextHops: 3, maximum: 4 });
    expect(await driftOf(frrMultipathFits, all)).toBeNull();

    await bgp('address-family ipv4 unicast', 'maximum-paths 2');
    expect(await driftOf(frrMultipathFits, all)).toBe(
      'router: maximum-paths is 2 in ipv4 unicast, and 3 next hops are due',
    );
    await hops(2);
    await bgp('address-family ipv4 unicast', 'no maximum-paths 2');
    expect((await check(frrMultipathFits, all)).output).toEqual({ nextHops: 3, maximum: null });
    await hops(3);

    await bgp('no bgp bestpath as-path multipath-relax');
    expect(await driftOf(frrMultipathFits, all)).toBe(
      'router: neighbours of 65011, 65012, 65013 do not share the load without multipath-relax',
    );
    await hops(1);
    await bgp(
      'bgp bestpath as-path multipath-relax',
      'address-family ipv4 unicast',
      'maximum-paths 4',
    );
    await hops(3);
  }, 60_000);

  test('a route that somebody set by hand over the node counts as well', async () => {
    const { router } = await net();
    await router.sh('ip route add 172.31.0.0/24 via 10.0.0.99');
    try {
      expect(await driftOf(frrRoutesAbsent, { via: '10.0.0.99' })).toBe(
        'router still has 172.31.0.0/24 via 10.0.0.99 (in the kernel, from boot)',
      );
    } finally {
      await router.sh('ip route del 172.31.0.0/24');
    }
  });

  test('neighbours that are shut down, that may still call, and a next hop behind another', async () => {
    const { router, until } = await net();
    await router.sh(
      `vtysh -c 'conf t' -c 'ip route 10.99.0.0/24 10.0.0.13' -c 'router bgp 65000' \\
        -c 'neighbor 10.0.0.98 remote-as 1' -c 'neighbor 10.0.0.98 shutdown' \\
        -c 'neighbor DYN peer-group' -c 'neighbor DYN remote-as external' \\
        -c 'bgp listen range 10.1.0.0/24 peer-group DYN' >/dev/null`,
    );
    expect(await driftOf(frrBgpEstablished, {})).toBeNull();
    expect(await driftOf(frrBgpEstablished, { peers: ['10.0.0.98'] })).toBe(
      'router: 10.0.0.98 is shut down',
    );
    expect(await driftOf(frrBgpEstablished, { peers: ['10.1.0.7', n1] })).toBe(
      'router: 10.1.0.7 has not called yet',
    );
    await router.sh(
      `vtysh --vty_socket /run/frr/n3 -c 'conf t' -c 'route-map NH permit 10' -c 'set ip next-hop 10.99.0.1' -c 'exit' \\
        -c 'router bgp 65013' -c 'address-family ipv4 unicast' -c 'neighbor 10.0.0.1 route-map NH out' >/dev/null
       vtysh -c 'conf t' -c 'router bgp 65000' -c 'neighbor 10.0.0.13 disable-connected-check' >/dev/null
       vtysh -c 'clear bgp 10.0.0.13'`,
    );
    await until('ip route show 172.20.3.0/24 | grep -q "via 10.0.0.13"');
    const there = { prefixes: ['172.20.3.0/24'], via: '10.99.0.1' };
    await waited(frrRoutesPresent, there);
    expect(await driftOf(frrRoutesAbsent, { via: '10.99.0.1' })).toMatch(
      /172\.20\.3\.0\/24 via 10\.99\.0\.1/,
    );
  }, 60_000);

  test('a bgpd that does not answer is no answer', async () => {
    const { router } = await net();
    await router.sh(
      'kill -9 "$(cat /run/frr/watchfrr.pid)" "$(cat /run/frr/bgpd.pid)"; sleep 0.2; rm -f /run/frr/bgpd.vty',
    );
    for (const [action, input] of [
      [frrRoutesAbsent, { via: n1 }],
      [frrRoutesPresent, { prefixes: [vip] }],
      [frrBgpEstablished, {}],
      [frrVipRedundant, { via: n1 }],
      [frrMultipathFits, { prefixes: [vip], via: n1 }],
    ] as const) {
      await expect(check(action, input)).rejects.toMatchObject({
        code: 'check-failed',
        class: 'transient',
        message: expect.stringMatching(/bgpd is not running|failed to connect/),
      });
    }
  });
});
