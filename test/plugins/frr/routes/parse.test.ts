import { describe, expect, test } from '@jest/globals';
import { jsonDocuments } from '../../../../plugins/frr/documents.js';
import { parseBgpPrefix, parseBgpTable, type Path } from '../../../../plugins/frr/routes/bgp.js';
import { parseKernelTable } from '../../../../plugins/frr/routes/kernel.js';
import {
  address,
  canonicalPrefix,
  isHostPrefix,
  isInside,
  prefix,
} from '../../../../plugins/frr/routes/prefix.js';
import { parseZebraTable } from '../../../../plugins/frr/routes/zebra.js';
import { capturedJson } from '../captures.js';

describe('documents one behind the other', () => {
  test('are told apart, whatever their texts hold', () => {
    expect(jsonDocuments('{"a":"}\\"{"}\n[]\n{}')).toEqual([{ a: '}"{' }, [], {}]);
    expect(jsonDocuments(' \n')).toEqual([]);
  });

  test.each(['{"a":1} % Unknown command', 'no {}', '{"a', '{"a":1', '[1'])(
    'anything else is refused: %s',
    (text) => {
      expect(() => jsonDocuments(text)).toThrow(SyntaxError);
    },
  );
});

describe('tables', () => {
  test('an absent prefix is {}, in BGP and in zebra', () => {
    expect(parseBgpPrefix({})).toEqual([]);
    expect(parseZebraTable({})).toEqual(new Map());
    expect(parseBgpTable({ vrfId: 0 })).toEqual(new Map());
  });

  test('the list and the page of one prefix say the same in other words', () => {
    const list = parseBgpTable(capturedJson('bgp-stale-after-kill.json')).get('172.16.1.1/32');
    const page = parseBgpPrefix(capturedJson('prefix-stale.json'));
    const plain = (paths: readonly Path[]) => paths.map((path) => ({ ...path, secondsLeft: null }));
    expect(plain(list ?? [])).toEqual(plain(page));
    expect(page.map((path) => path.stale)).toEqual([false, true, false]);
    expect(page.map((path) => path.best)).toEqual([false, false, true]);
  });

  test('the kernel has one gateway, or a list of next hops, or none', () => {
    const table = parseKernelTable([capturedJson('kernel-established.json')], 'ipv4');
    expect(table.get('172.16.1.1/32')?.[0]?.gateways).toHaveLength(3);
    expect(table.get('172.20.1.0/24')?.[0]?.gateways).toEqual(['192.168.20.100']);
    expect(table.get('10.10.1.0/24')?.[0]).toEqual({
      protocol: 'kernel',
      metric: 0,
      gateways: [],
    });
  });

  test('of several routes to a prefix the one that packets take comes first', () => {
    const list = [
      { dst: 'default', gateway: '10.0.0.2', metric: 50, protocol: 'static' },
      { dst: 'default', via: { family: 'inet6', host: 'fe80::1' }, dev: 'eth0' },
    ];
    expect(parseKernelTable([list], 'ipv4').get('0.0.0.0/0')).toEqual([
      { protocol: 'boot', metric: 0, gateways: ['fe80::1'] },
      { protocol: 'static', metric: 50, gateways: ['10.0.0.2'] },
    ]);
  });

  test('what is no table is refused', () => {
    expect(() => parseBgpTable([])).toThrow(TypeError);
    expect(() => parseBgpTable({ routes: [] })).toThrow(TypeError);
    expect(() => parseZebraTable({ x: 1 })).toThrow(TypeError);
    expect(() => parseKernelTable([['x']], 'ipv4')).toThrow(TypeError);
    expect(() => parseKernelTable([[{ dst: 'fd00::/8' }]], 'ipv4')).toThrow(TypeError);
  });
});

describe('addresses and prefixes', () => {
  test.each([
    ['172.16.1.1', '172.16.1.1/32'],
    ['172.20.0.0/16', '172.20.0.0/16'],
    ['FD00:0:0::0001', 'fd00::1/128'],
    ['fd00:0:1::/48', 'fd00:0:1::/48'],
  ])('%s is %s', (text, canonical) => {
    expect(prefix.parse(text)).toBe(canonical);
    expect(canonicalPrefix(canonical)).toBe(canonical);
  });

  test.each([
    '',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0',
    'fe80::1%eth0',
    '10.0.0.0/8/8',
    '10.0.0.1/24',
    'fd00::1/64',
    '10.0.0.0/08',
    '10.0.0.0/x',
  ])('%j is none', (text) => {
    expect(prefix.safeParse(text).success).toBe(false);
  });

  test('an address is spelled as the tools spell it', () => {
    expect(address.parse('2001:DB8:0:0::1')).toBe('2001:db8::1');
    expect(address.safeParse('10.0.0.1/32').success).toBe(false);
  });

  test('what is inside', () => {
    expect(isInside('10.1.0.255', '10.1.0.0/24')).toBe(true);
    expect(isInside('10.1.1.0', '10.1.0.0/24')).toBe(false);
    expect(isInside('fd00::ffff', 'fd00::/64')).toBe(true);
    expect(isInside('fd00:0:0:1::', 'fd00::/64')).toBe(false);
    expect(isInside('10.1.0.1', '::/0')).toBe(false);
    expect(isInside('br0', '0.0.0.0/0')).toBe(false);
  });

  test('one address is what a load balancer announces', () => {
    expect(isHostPrefix('172.16.1.1/32')).toBe(true);
    expect(isHostPrefix('fd00::/32')).toBe(false);
    expect(isHostPrefix('fd00::1/128')).toBe(true);
  });
});
