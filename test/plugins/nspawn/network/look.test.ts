import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseLimits } from '../../../../plugins/nspawn/network/limits.js';
import { parseFabric } from '../../../../plugins/nspawn/network/look.js';

function capture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/nspawn/${name}`, import.meta.url), 'utf8');
}

describe('what ip(8) tells about a network', () => {
  test('bridges, clients, and the cables of machines', () => {
    const seen = parseFabric(capture('fabric-with-machine.out'), 'lab', ['client', 'nobody']);
    expect(seen).toEqual({
      fabric: {
        namespace: true,
        bridges: {
          br10: ['192.168.10.1/24'],
          br20: ['192.168.20.1/24'],
          br30: ['192.168.30.1/24'],
        },
        clients: {
          client: { bridge: 'br30', addresses: ['192.168.30.10/24'], gateway: '192.168.30.200' },
        },
      },
      cables: ['k8s-w0-eth1'],
      down: [],
      withoutLoopback: [],
      filtered: false,
    });
  });

  test('a client that nobody asked for is a cable', () => {
    const seen = parseFabric(capture('fabric-with-machine.out'), 'lab', []);
    expect(seen.cables).toEqual(['client-eth1', 'k8s-w0-eth1']);
  });

  test('no network', () => {
    const seen = parseFabric(capture('fabric-absent.out'), 'lab', ['client']);
    expect(seen.fabric).toEqual({ namespace: false, bridges: {}, clients: {} });
    expect(seen.filtered).toBeNull();
  });

  test('no JSON at all from ip stands for an empty list', () => {
    const seen = parseFabric(
      'addresses lab [{"ifname":"lo","flags":["UP"]}]\nroutes lab \ncomplete - -\n',
      'lab',
      [],
    );
    expect(seen.fabric.namespace).toBe(true);
  });

  test('half an answer is no answer', () => {
    expect(() => parseFabric('addresses lab []\n', 'lab', [])).toThrow('cut off');
  });
});

describe('limits of the host', () => {
  const limits = [
    { key: 'fs/inotify/max_user_instances', least: 2048 },
    { key: 'fs/inotify/max_user_watches', least: 524_288 },
  ];

  test('too low, and not held', () => {
    const text = 'fs/inotify/max_user_instances 128 \nfs/inotify/max_user_watches 600000 \n';
    expect(parseLimits(text, limits)).toEqual({
      held: false,
      low: 'fs.inotify.max_user_instances is 128, not 2048',
    });
  });

  test('high enough, and held', () => {
    const text =
      'fs/inotify/max_user_instances 2048 held\nfs/inotify/max_user_watches 524288 held\n';
    expect(parseLimits(text, limits)).toEqual({ held: true, low: null });
  });
});
