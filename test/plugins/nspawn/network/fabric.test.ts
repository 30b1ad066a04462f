import { describe, expect, test } from '@jest/globals';
import {
  additions,
  missing,
  removals,
  type Fabric,
} from '../../../../plugins/nspawn/network/fabric.js';

const nothing: Fabric = { namespace: false, bridges: {}, clients: {} };
const wanted: Fabric = {
  namespace: true,
  bridges: { br10: ['192.168.10.1/24'], br20: [] },
  clients: {
    client: { bridge: 'br10', addresses: ['192.168.10.9/24'], gateway: '192.168.10.200' },
  },
};

describe('what a network lacks', () => {
  test('everything', () => {
    expect(missing(nothing, wanted)).toBe('there is no network namespace');
    const { namespaces, batches } = additions('lab', nothing, wanted);
    expect(namespaces).toEqual(['lab', 'lab-client']);
    expect(batches).toEqual([
      {
        namespace: 'lab',
        lines: [
          'link set lo up',
          'link add br10 address 52:54:00:a8:0a:01 type bridge',
          'link set br10 up',
          'addr add 192.168.10.1/24 brd + dev br10',
          'link add br20 type bridge',
          'link set br20 up',
          'link add client-eth1 type veth peer name eth1 address 52:54:00:a8:0a:09 netns lab-client',
          'link set client-eth1 master br10 up',
        ],
      },
      {
        namespace: 'lab-client',
        lines: [
          'link set lo up',
          'link set eth1 up',
          'addr add 192.168.10.9/24 brd + dev eth1',
          'route replace default via 192.168.10.200',
        ],
      },
    ]);
  });

  test('nothing', () => {
    expect(missing(wanted, wanted)).toBeNull();
    const { namespaces, batches } = additions('lab', wanted, wanted);
    expect(namespaces).toEqual([]);
    const lines = batches.flatMap((batch) => batch.lines);
    expect(lines.filter((line) => line.includes(' add '))).toEqual([]);
  });

  test('what a crash left half', () => {
    const half: Fabric = {
      namespace: true,
      bridges: { br10: [] },
      clients: { client: { bridge: null, addresses: [], gateway: null } },
    };
    expect(missing(half, wanted)).toBe(
      'there is no 192.168.10.1/24 on br10, no bridge br20, no cable of client to br10, no 192.168.10.9/24 on client, no route of client via 192.168.10.200',
    );
    expect(additions('lab', half, wanted).namespaces).toEqual([]);
    const up = additions('lab', half, wanted, ['lab-client']).batches.map(({ lines }) => lines[0]);
    expect(up).toEqual(['link set br10 up', 'link set lo up']);
    expect(additions('lab', half, wanted).batches[0]?.lines).not.toContain(
      'link add br10 address 52:54:00:a8:0a:01 type bridge',
    );
  });

  test('a cable in the wrong bridge is moved, not made again', () => {
    const other: Fabric = {
      ...wanted,
      clients: { client: { ...wanted.clients['client'], bridge: 'br20' } as never },
    };
    const lines = additions('lab', other, wanted).batches[0]?.lines;
    expect(lines?.filter((line) => line.includes('client-eth1'))).toEqual([
      'link set client-eth1 master br10 up',
    ]);
  });
});

describe('what has to go', () => {
  test('the whole network: clients first, so that nothing is left alone', () => {
    expect(removals('lab', wanted, nothing, wanted)).toEqual({
      namespaces: ['lab-client', 'lab'],
      batches: [],
    });
  });

  test('only what was added', () => {
    const before: Fabric = {
      namespace: true,
      bridges: { br10: [], br99: ['10.9.9.1/24'] },
      clients: {},
    };
    const now: Fabric = { ...wanted, bridges: { ...wanted.bridges, br99: ['10.9.9.1/24'] } };
    expect(removals('lab', now, before, wanted)).toEqual({
      namespaces: ['lab-client'],
      batches: [
        { namespace: 'lab', lines: ['addr del 192.168.10.1/24 dev br10', 'link del br20'] },
      ],
    });
  });

  test('within a client that was there', () => {
    const before: Fabric = {
      ...wanted,
      clients: { client: { bridge: 'br10', addresses: [], gateway: null } },
    };
    expect(removals('lab', wanted, before, wanted).batches).toEqual([
      {
        namespace: 'lab-client',
        lines: ['addr del 192.168.10.9/24 dev eth1', 'route del default via 192.168.10.200'],
      },
    ]);
  });

  test('the cable of a client that had none', () => {
    const before: Fabric = {
      ...wanted,
      clients: { client: { bridge: null, addresses: [], gateway: null } },
    };
    expect(removals('lab', wanted, before, wanted).batches).toEqual([
      { namespace: 'lab', lines: ['link del client-eth1'] },
    ]);
  });

  test('nothing, where nothing was added', () => {
    expect(removals('lab', wanted, wanted, wanted)).toEqual({ namespaces: [], batches: [] });
  });
});
