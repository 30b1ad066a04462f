import { expect, test } from '@jest/globals';
import { parseChanges } from '../../../../plugins/frr/config/changes.js';
import { faultsOf, instancesOf, outside } from '../../../../plugins/frr/config/fit.js';
import { captured } from '../captures.js';

const running = captured('running.txt');
const facts = {
  asn: 65000,
  address: '192.168.10.200',
  neighbors: ['192.168.10.100', '192.168.20.100'],
};

test('a configuration that is as the inventory says has no faults', () => {
  expect(faultsOf(running, running, facts)).toEqual([]);
  expect(faultsOf(running, null, facts)).toEqual([]);
  expect(faultsOf(running, 'hostname router\n', facts)).toEqual([]);
});

test('each thing that differs is told', () => {
  expect(faultsOf(running, running, { ...facts, address: '10.0.0.1', neighbors: ['10.9.9.9'] }))
    // The router id of the file is compared, whatever runs.
    .toEqual(['its router id is 192.168.10.200, not 10.0.0.1', 'no neighbor 10.9.9.9']);
  expect(faultsOf(running, running, { ...facts, asn: 65001 })).toEqual([
    "the configuration has no 'router bgp 65001'",
    'AS 65000 is in the configuration',
    'no neighbor 192.168.10.100, 192.168.20.100',
  ]);
});

test('another system that runs is told: its block would be made anew', () => {
  const other = running.replace('router bgp 65000', 'router bgp 64999');
  expect(faultsOf(running, other, facts)).toEqual(['AS 64999 runs there']);
});

test('an instance in a VRF is none of its own, and a neighbour elsewhere does not count', () => {
  const vrf = `router bgp 65000\nexit\nrouter bgp 65000 vrf red\n neighbor 10.1.1.1 remote-as 1\nexit\n`;
  expect(instancesOf(vrf)).toEqual([65000]);
  expect(faultsOf(vrf, null, { asn: 65000, address: null, neighbors: ['10.1.1.1'] })).toEqual([
    'no neighbor 10.1.1.1',
  ]);
});

test('commands outside of the block are told apart', () => {
  const inside = parseChanges(captured('reload-test-diff.txt'));
  expect(outside(inside, 65000)).toEqual([]);
  expect(outside(inside, 65001)).toEqual([
    'router bgp 65000 › neighbor 192.168.10.102 peer-group CILIUM',
  ]);
  const strange = parseChanges(
    'Lines To Delete\n====\nno ip prefix-list A seq 5 permit any\nLines To Add\n====\nrouter bgp 65000\n',
  );
  expect(outside(strange, 65000)).toEqual(['no ip prefix-list A seq 5 permit any']);
});
