import { expect, test } from '@jest/globals';
import {
  limitOf,
  parseLimits,
  parseSharing,
  unequal,
  type Sharing,
} from '../../../../plugins/frr/bgp/multipath.js';
import { captured, capturedJson } from '../captures.js';

const running = captured('running.txt');
const both = running.replace(
  'exit-address-family',
  `exit-address-family
 !
 address-family ipv6 unicast
  maximum-paths 8
  maximum-paths ibgp 2 equal-cluster-length
 exit-address-family`,
);

test('limits are read per family, and per kind of neighbour', () => {
  expect(parseLimits(running, 'ipv4')).toEqual({ external: 4, internal: null });
  expect(parseLimits(running, 'ipv6')).toEqual({ external: null, internal: null });
  expect(parseLimits(both, 'ipv4')).toEqual({ external: 4, internal: null });
  expect(parseLimits(both, 'ipv6')).toEqual({ external: 8, internal: 2 });
});

test('limits of a VRF, of another family, and text that only looks alike do not count', () => {
  const none = { external: null, internal: null };
  expect(
    parseLimits(running.replace('router bgp 65000', 'router bgp 65000 vrf red'), 'ipv4'),
  ).toEqual(none);
  expect(parseLimits(running.replace('ipv4 unicast', 'ipv4 multicast'), 'ipv4')).toEqual(none);
  const remark = `${running}\nrouter ospf\n maximum-paths 2\nexit\nbanner motd line maximum-paths 1\n`;
  expect(parseLimits(remark, 'ipv4')).toEqual({ external: 4, internal: null });
  expect(parseLimits('', 'ipv4')).toEqual(none);
});

test('a summary tells systems, and whether paths of several share the load', () => {
  const { neighbours, relaxed } = parseSharing(capturedJson('summary-established.json'));
  expect(relaxed).toBe(true);
  expect(neighbours).toContainEqual({ address: '192.168.20.100', system: 65001, internal: false });
  expect(neighbours).toHaveLength(3);
  // A neighbour that has never called has no system yet.
  const two = parseSharing(capturedJson('summary-two-families.json'));
  expect(two.neighbours.map(({ system }) => system)).toContain(null);
  expect(parseSharing({})).toEqual({ neighbours: [], relaxed: false });
});

test.each([[null], [[]], ['text'], [{ ipv4Unicast: { peers: [] } }]])(
  '%j is no summary',
  (answer) => {
    expect(() => parseSharing(answer)).toThrow(TypeError);
  },
);

const sharing: Sharing = {
  relaxed: false,
  neighbours: [
    { address: '10.0.0.1', system: 65001, internal: false },
    { address: '10.0.0.2', system: 65002, internal: false },
    { address: '10.0.0.3', system: 65000, internal: true },
    { address: '10.0.0.4', system: null, internal: false },
  ],
};
const limits = { external: 4, internal: 2 };

test('the limit is that of the kinds of neighbours among the next hops', () => {
  expect(limitOf(limits, sharing, ['10.0.0.1', '10.0.0.2'])).toBe(4);
  expect(limitOf(limits, sharing, ['10.0.0.3'])).toBe(2);
  expect(limitOf(limits, sharing, ['10.0.0.1', '10.0.0.3'])).toBe(2);
  // None of them is a neighbour: any neighbour may have brought the path.
  expect(limitOf(limits, sharing, ['10.9.9.9'])).toBe(2);
  expect(limitOf(limits, { ...sharing, neighbours: [] }, ['10.0.0.1'])).toBe(4);
  expect(limitOf({ external: null, internal: 2 }, sharing, ['10.0.0.1'])).toBeNull();
});

test('next hops of different systems do not share the load, unless FRR is told so', () => {
  const apart = ['10.0.0.1', '10.0.0.2'];
  expect(unequal(sharing, apart)).toBe(
    'neighbours of 65001, 65002 do not share the load without multipath-relax',
  );
  expect(unequal({ ...sharing, relaxed: true }, apart)).toBeNull();
  expect(unequal(sharing, ['10.0.0.1', '10.0.0.4'])).toBeNull();
  expect(unequal(sharing, ['10.0.0.1', '10.0.0.3'])).toBeNull();
  expect(unequal(sharing, ['10.0.0.9'])).toBeNull();
});
