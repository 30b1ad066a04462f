import { describe, expect, test } from '@jest/globals';
import { remainders, remaindersVia } from '../../../../plugins/frr/routes/absent.js';
import { parseBgpPrefix, parseRestartTimer } from '../../../../plugins/frr/routes/bgp.js';
import { parseKernelTable } from '../../../../plugins/frr/routes/kernel.js';
import { missing } from '../../../../plugins/frr/routes/present.js';
import type { Routes } from '../../../../plugins/frr/routes/read.js';
import { lonely } from '../../../../plugins/frr/routes/redundant.js';
import { parseZebraTable } from '../../../../plugins/frr/routes/zebra.js';
import { capturedJson, routesIn } from '../captures.js';

const w0 = '192.168.20.100';
const vip = '172.16.1.1/32';
const pods = '172.20.1.0/24';

describe('routes that are gone', () => {
  const texts = (state: Parameters<typeof routesIn>[0], timer: number | null = null) =>
    remaindersVia(routesIn(state), w0, timer).map(({ text }) => text);

  test('with the session up there are two', () => {
    expect(texts('established')).toEqual([`${vip} via ${w0}`, `${pods} via ${w0}`]);
  });

  test('after a kill they are stale, for as long as the neighbour tells', () => {
    const timer = parseRestartTimer(capturedJson('neighbor-stale-after-kill.json'));
    expect(timer).toBe(11);
    expect(texts('stale-after-kill', timer)).toEqual([
      `${vip} via ${w0}, stale, 11 s`,
      `${pods} via ${w0}, stale, 11 s`,
    ]);
  });

  test('then they are gone, as at once after a withdrawal in order', () => {
    for (const state of ['gone-after-kill', 'idle-after-unselect', 'w0-crashed'] as const) {
      expect(texts(state)).toEqual([]);
    }
  });

  test('a route that only zebra or the kernel still has counts', () => {
    const { bgp } = routesIn('gone-after-kill');
    const { zebra, kernel } = routesIn('established');
    const left = (routes: Routes): string[] =>
      remaindersVia(routes, w0, null).map(({ text }) => text);
    expect(left({ bgp, zebra: new Map(), kernel })).toEqual([
      `${vip} via ${w0} (in the kernel, from bgp)`,
      `${pods} via ${w0} (in the kernel, from bgp)`,
    ]);
    expect(left({ bgp, zebra, kernel: new Map() })).toEqual([
      `${vip} via ${w0} (in zebra, from bgp)`,
      `${pods} via ${w0} (in zebra, from bgp)`,
    ]);
  });

  test('a prefix is gone when no path is left, over whichever node', () => {
    const { bgp, zebra, kernel } = routesIn('gone-after-kill');
    const only = (prefix: string): Routes => ({
      bgp: new Map([[prefix, bgp.get(prefix) ?? []]]),
      zebra: new Map([[prefix, zebra.get(prefix) ?? []]]),
      kernel: new Map([[prefix, kernel.get(prefix) ?? []]]),
    });
    expect(remainders(only(pods))).toEqual([]);
    expect(remainders(only(vip)).map(({ text }) => text)).toEqual([`${vip} via 192.168.10.101`]);
  });

  test('without a timer nothing is said of the time', () => {
    expect(parseRestartTimer(capturedJson('neighbor-established.json'))).toBeNull();
    expect(parseRestartTimer(capturedJson('neighbor-unknown.json'))).toBeNull();
  });
});

describe('routes that are there', () => {
  test('all three nodes share the service address', () => {
    const all = ['192.168.10.100', '192.168.10.101', w0];
    expect(missing(routesIn('established'), vip, all, 3)).toBeNull();
    expect(missing(routesIn('established'), pods, [w0], 1)).toBeNull();
    expect(missing(routesIn('established'), vip, all, 3, true)).toBeNull();
    expect(missing(routesIn('established'), vip, [w0], 1, true)).toMatch(
      /^172\.16\.1\.1\/32 has other next hops too: 192\.168\.10\.10[01], 192\.168\.10\.10[01]$/,
    );
  });

  test('a stale path is none', () => {
    const paths = parseBgpPrefix(capturedJson('prefix-stale.json'));
    const routes = { ...routesIn('stale-after-kill'), bgp: new Map([[vip, paths]]) };
    expect(missing(routes, vip, [w0], 1)).toBe(`${vip}: the path via ${w0} is stale, 11 s`);
    expect(missing(routes, vip, ['192.168.10.100'], 1)).toBeNull();
    expect(missing(routes, vip, [], 1)).toBe(`${vip}: the path via ${w0} is stale, 11 s`);
    expect(missing(routesIn('stale-after-kill'), pods, [w0], 1)).toBe(
      `${pods}: the path via ${w0} is stale`,
    );
  });

  test('what lacks is named, from bgpd to the kernel', () => {
    const good = routesIn('established');
    expect(missing(routesIn('gone-after-kill'), pods, [w0], 1)).toBe(`${pods} is not in BGP`);
    expect(missing(routesIn('gone-after-kill'), vip, [w0], 1)).toBe(`${vip}: no path via ${w0}`);
    expect(missing({ ...good, zebra: new Map() }, pods, [], 1)).toBe(
      `${pods} is not installed by zebra`,
    );
    expect(missing({ ...good, kernel: new Map() }, pods, [w0], 1)).toBe(
      `${pods}: no next hop ${w0} in the kernel`,
    );
    expect(missing({ ...good, kernel: new Map() }, pods, [], 1)).toBe(
      `${pods} is not in the kernel's table`,
    );
    expect(missing(good, vip, [], 4)).toBe(`${vip} has 3 of 4 next hops in the kernel`);
  });

  test('a next hop behind another is followed; one that zebra leaves out is missing', () => {
    const path = (hop: string) => ({
      nextHops: [hop],
      used: true,
      best: true,
      stale: false,
      secondsLeft: null,
    });
    const routes: Routes = {
      bgp: new Map([
        [pods, [path('10.99.0.1')]],
        [vip, [path('10.0.0.12'), path('10.99.0.1'), path('10.0.0.13')]],
      ]),
      zebra: parseZebraTable(capturedJson('zebra-recursive.json')),
      kernel: parseKernelTable([capturedJson('kernel-recursive.json')], 'ipv4'),
    };
    expect(missing(routes, pods, ['10.99.0.1'], 1)).toBeNull();
    expect(missing(routes, vip, ['10.99.0.1'], 1)).toBe(
      `${vip}: no next hop 10.99.0.1 in the kernel`,
    );
    expect(missing(routes, vip, ['10.0.0.12', '10.0.0.13'], 2)).toBeNull();
  });
});

describe('the last next hop', () => {
  test('with three nodes nobody is the last', () => {
    expect(lonely(routesIn('established'), vip, w0, false)).toBeNull();
  });

  test('a node that is alone is told', () => {
    const { bgp, zebra, kernel } = routesIn('established');
    expect(lonely({ bgp, zebra, kernel }, pods, w0, false)).toBe(
      `${pods} has no next hop but ${w0}`,
    );
    expect(lonely({ bgp, zebra, kernel }, '172.16.1.9/32', w0, false)).toBeNull();
    expect(lonely({ bgp, zebra, kernel }, '172.16.1.9/32', w0, true)).toBe(
      '172.16.1.9/32 is not routed',
    );
  });

  test('a stale next hop is no redundancy', () => {
    const { bgp, zebra } = routesIn('stale-after-kill');
    const paths = (bgp.get(vip) ?? []).filter(
      ({ nextHops }) => !nextHops.includes('192.168.10.101'),
    );
    const two = ['192.168.10.100', w0];
    const kernel = new Map([[vip, [{ protocol: 'bgp', metric: 20, gateways: two }]]]);
    expect(lonely({ bgp: new Map([[vip, paths]]), zebra, kernel }, vip, two[0] ?? '', false)).toBe(
      `${vip} has besides 192.168.10.100 only ${w0}, which is stale or not from BGP`,
    );
  });
});
