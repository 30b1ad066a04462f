import { describe, expect, test } from '@jest/globals';
import { parsePcap } from '../../../../plugins/capture/pcap/file.js';
import { headersOf } from '../../../../plugins/capture/pcap/network.js';
import { bgpIn, summaryOf } from '../../../../plugins/capture/pcap/summary.js';
import { bgp, ethernet, pcap, tcp } from '../frames.js';

const node: [string, number] = ['192.168.20.100', 41_003];
const router: [string, number] = ['192.168.10.200', 179];
const keepalive = tcp(node, router, { payload: bgp(4) });

describe('a pcap file', () => {
  test.each([
    ['little-endian', {}],
    ['big-endian', { big: true }],
    ['with nanoseconds', { nano: true }],
    ['big-endian with nanoseconds', { big: true, nano: true }],
  ])('%s', (_, how) => {
    const packets = parsePcap(pcap([ethernet(keepalive), ethernet(keepalive)], how));
    expect(packets.map(({ at, length }) => [at, length])).toEqual([
      [1_700_000_000_500, keepalive.length + 14],
      [1_700_000_001_500, keepalive.length + 14],
    ]);
    expect(packets[0]?.network).toEqual(keepalive);
  });

  test('Linux cooked captures, and the tag of a VLAN', () => {
    const sll2 = Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18), keepalive]);
    expect(parsePcap(pcap([sll2], { link: 276 }))[0]?.network).toEqual(keepalive);
    const sll = Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0]), keepalive]);
    expect(parsePcap(pcap([sll], { link: 113 }))[0]?.network).toEqual(keepalive);
    const tag = Buffer.from([0, 7, 8, 0]);
    const tagged = ethernet(Buffer.concat([tag, keepalive]), 0x8100);
    expect(parsePcap(pcap([tagged]))[0]?.network).toEqual(keepalive);
  });

  test('what is cut off is left out, and what is neither IPv4 nor IPv6 has no network layer', () => {
    const file = pcap([ethernet(keepalive, 0x0806), ethernet(keepalive)]);
    const [arp, ...others] = parsePcap(file.subarray(0, -1));
    expect(arp?.network).toBeNull();
    expect(others).toEqual([]);
  });

  test.each([
    ['too short', Buffer.from('pcap'), 'shorter'],
    ['another format', Buffer.alloc(64), 'no pcap file'],
    ['a link that is not known', pcap([], { link: 127 }), 'link type 127'],
  ])('%s', (_, file, why) => {
    expect(() => parsePcap(file)).toThrow(why);
  });
});

describe('headers', () => {
  test('options of IPv4, without padding', () => {
    const packet = tcp(node, router, { options: [1, 154, 8, 0, 80, 172, 16, 1, 1, 0, 0, 0] });
    expect(headersOf(packet)?.options).toEqual([154]);
  });

  test('a later fragment has no ports', () => {
    const packet = tcp(node, router);
    packet.writeUInt16BE(1, 6);
    expect(headersOf(packet)).toMatchObject({ from: '192.168.20.100', ports: null, flags: null });
  });

  test('IPv6', () => {
    const packet = Buffer.alloc(60);
    packet[0] = 0x60;
    packet[6] = 6;
    packet[23] = 1;
    packet[39] = 2;
    packet.writeUInt16BE(80, 42);
    packet[52] = 0x50;
    expect(headersOf(packet)).toMatchObject({ protocol: 'tcp', from: '[::1]:0', to: '[::2]:80' });
  });

  test('too little of a packet', () => {
    expect(headersOf(Buffer.alloc(0))).toBeNull();
    expect(headersOf(keepalive.subarray(0, 12))).toBeNull();
  });
});

test('BGP messages, several in a segment', () => {
  expect(bgpIn(Buffer.concat([bgp(1), bgp(4), bgp(2)]))).toEqual(['open', 'keepalive', 'update']);
  expect(bgpIn(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toEqual([]);
});

test('the summary: clients are put together, flags and messages counted', () => {
  const back = tcp(router, node, { payload: bgp(4), flags: 0x18 });
  const other = tcp(['192.168.20.100', 50_000], router, { flags: 0x02 });
  const reset = tcp(router, ['192.168.20.100', 50_000], { flags: 0x04 });
  const frames = [keepalive, other, back, reset].map((packet) => ethernet(packet));
  expect(summaryOf(parsePcap(pcap(frames)))).toEqual({
    packets: 4,
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
    seconds: 3,
    flows: [
      { protocol: 'tcp', from: '192.168.20.100', to: '192.168.10.200:179', packets: 2 },
      { protocol: 'tcp', from: '192.168.10.200:179', to: '192.168.20.100', packets: 2 },
    ],
    tcp: { syn: 1, fin: 0, rst: 1 },
    ipOptions: [],
    bgp: { keepalive: 2 },
  });
});
