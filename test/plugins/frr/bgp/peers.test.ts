import { describe, expect, test } from '@jest/globals';
import { parseListenRanges, parseSummary } from '../../../../plugins/frr/bgp/peers.js';
import { capturedJson } from '../captures.js';

describe('the BGP summary', () => {
  test('is the same nested by family and flat', () => {
    const nested = capturedJson('summary-established.json') as { ipv4Unicast: object };
    const peers = parseSummary(nested);
    expect([...peers.keys()]).toEqual(['192.168.10.100', '192.168.10.101', '192.168.20.100']);
    expect(peers.get('192.168.20.100')).toEqual({
      address: '192.168.20.100',
      state: 'Established',
      shutDown: false,
      sinceMs: 118_000,
      dropped: 0,
      restarting: false,
    });
    expect(parseSummary(nested.ipv4Unicast)).toEqual(peers);
  });

  test('without neighbours is {}', () => {
    expect(parseSummary({})).toEqual(new Map());
  });

  test('a peer that is waited for, one that is shut down, one of two families', () => {
    const stale = parseSummary(capturedJson('summary-stale-after-kill.json'));
    expect(stale.get('192.168.20.100')).toMatchObject({ restarting: true, dropped: 2 });
    const others = parseSummary(capturedJson('summary-two-families.json'));
    expect(others.get('10.0.0.12')).toMatchObject({ state: 'Idle (Admin)', shutDown: true });
    expect([...others.keys()]).toEqual(['10.0.0.12', 'br0', 'fd00::13']);
  });

  test('what is none is refused', () => {
    expect(() => parseSummary([])).toThrow(TypeError);
    expect(() => parseSummary({ peers: { '10.0.0.1': {} } })).toThrow(TypeError);
  });
});

test('neighbours may come from a listen range', () => {
  expect(parseListenRanges(capturedJson('peer-group-listen.json'))).toEqual(['10.1.0.0/24']);
  expect(parseListenRanges({})).toEqual([]);
});
