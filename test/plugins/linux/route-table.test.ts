import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  canonicalDestination,
  isDestination,
  isInside,
  sampleAddress,
} from '../../../plugins/linux/address.js';
import { describeRoute, parseRoutes, routeArgs } from '../../../plugins/linux/route-table.js';

function fixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/ip/${name}`, import.meta.url), 'utf8');
}

describe('routes of a real router', () => {
  const routes = parseRoutes(fixture('ip-j-route-established.json'));
  const to = (dst: string) => routes.find((route) => route.dst === dst);

  test('one next hop', () => {
    expect(to('172.20.0.0/24')).toMatchObject({
      hops: [{ gateway: '192.168.10.100', dev: 'eth1', weight: 1, onlink: false }],
      protocol: 'bgp',
      metric: 20,
      foreign: ['nhid'],
    });
  });

  test('three next hops', () => {
    const vip = to('172.16.1.1');
    expect(vip?.hops).toHaveLength(3);
    expect(vip && describeRoute(vip)).toBe(
      'via 192.168.10.100 dev eth1 and via 192.168.20.100 dev eth2 and via 192.168.10.101 dev eth1',
    );
  });

  test('a connected network', () => {
    expect(to('10.10.1.0/24')).toMatchObject({
      hops: [{ gateway: null, dev: 'loop1' }],
      prefsrc: '10.10.1.200',
      foreign: [],
    });
  });
});

describe('what changes by itself, and what is not ours to put back', () => {
  const base = { type: '1', dst: '10.0.0.0/8', gateway: '10.9.0.3', dev: 'eth0', protocol: '4' };
  const parse = (more: object) => parseRoutes(JSON.stringify([{ ...base, ...more }]))[0];

  test('the state of the link is left out', () => {
    expect(parse({ flags: ['linkdown', 'dead'] })).toEqual(parse({ flags: [] }));
    expect(parse({ flags: ['onlink'] })?.hops[0]?.onlink).toBe(true);
  });

  test('members that we do not know are named', () => {
    const odd = {
      encap: 'mpls',
      metrics: [{ mtu: 1400, advmss: 1300 }],
      nexthops: [{ gateway: '10.9.0.3', via: { family: 'inet6', host: 'fd00::1' } }],
      pref: 'high',
    };
    expect(parse(odd)).toMatchObject({ mtu: 1400, foreign: ['advmss', 'encap', 'pref', 'via'] });
  });

  test('half a list is an error', () => {
    expect(() => parseRoutes('[')).toThrow(SyntaxError);
    expect(() => parseRoutes('{}')).toThrow(TypeError);
  });

  test('arguments that make it again', () => {
    const route = parse({ metric: 7, prefsrc: '10.9.0.1', flags: ['onlink'], scope: '0' });
    expect(route && routeArgs(route, 254).join(' ')).toBe(
      '10.0.0.0/8 via 10.9.0.3 dev eth0 onlink table 254 proto 4 scope 0 src 10.9.0.1 metric 7',
    );
  });
});

describe('destinations', () => {
  test.each(['default', '10.0.0.0/8', '10.1.2.3', '0.0.0.0/0', 'fd00::/8', '::1', '::/0'])(
    '%s is one',
    (to) => expect(isDestination(to)).toBe(true),
  );
  test.each(['', 'any', '10.0.0.1/8', '10.0.0.0/08', '10.0.0.0/33', '10.0.0.0/8/8', '10.0/8'])(
    "'%s' is none",
    (to) => expect(isDestination(to)).toBe(false),
  );
  test.each(['fd00::1/64', '::/129', 'fe80::1%eth0', '::ffff:10.0.0.1/96', '0.0.0.1/0'])(
    "'%s' is none either",
    (to) => expect(isDestination(to)).toBe(false),
  );

  test('as ip writes them', () => {
    expect(canonicalDestination('10.1.2.3/32')).toBe('10.1.2.3');
    expect(canonicalDestination('0.0.0.0/0')).toBe('default');
    expect(canonicalDestination('FD00:0:0::/48')).toBe('fd00::/48');
    expect(canonicalDestination('fd00::1/128')).toBe('fd00::1');
  });

  test('a sample lies inside', () => {
    expect(sampleAddress('172.20.0.0/16')).toBe('172.20.0.1');
    expect(sampleAddress('fd01::/64')).toBe('fd01::1');
    expect(sampleAddress('10.1.2.3/32')).toBe('10.1.2.3');
    expect(sampleAddress('default')).toBeNull();
    expect(isInside('172.20.0.1', '172.20.0.0/16')).toBe(true);
    expect(isInside('172.21.0.1', '172.20.0.0/16')).toBe(false);
    expect(isInside('fd01::1', 'fd01::/64')).toBe(true);
    expect(isInside('10.0.0.1', 'fd01::/64')).toBe(false);
  });
});
