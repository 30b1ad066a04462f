import { describe, expect, test } from '@jest/globals';
import {
  changesText,
  concerned,
  groupsOf,
  isEmpty,
  parseChanges,
} from '../../../../plugins/frr/config/changes.js';
import { captured } from '../captures.js';

describe('what frr-reload.py --test prints', () => {
  test('one line to add, in its block', () => {
    const changes = parseChanges(captured('reload-test-diff.txt'));
    expect(changes).toEqual({
      remove: [],
      add: [{ within: ['router bgp 65000'], command: 'neighbor 192.168.10.102 peer-group CILIUM' }],
    });
    expect(changesText(changes)).toBe(
      'router bgp 65000 › neighbor 192.168.10.102 peer-group CILIUM',
    );
  });

  test('nothing to do', () => {
    expect(isEmpty(parseChanges(captured('reload-test-nodiff.txt')))).toBe(true);
  });

  test('for a file with faults it would remove everything: vtysh must read the file first', () => {
    expect(changesText(parseChanges(captured('reload-test-bad.txt')))).toBe(
      'no hostname router; no log syslog informational; ipv6 forwarding; no router bgp 65000',
    );
  });

  test('blocks within blocks, removed and added', () => {
    const changes = parseChanges(`
Lines To Delete
===============
router bgp 65000
 address-family ipv4 unicast
  no maximum-paths 4
no ip prefix-list A seq 5 permit 10.0.0.0/8

Lines To Add
============
router bgp 65000
router bgp 65000
 address-family ipv4 unicast
  maximum-paths 8
`);
    expect(changes.remove).toEqual([
      {
        within: ['router bgp 65000', 'address-family ipv4 unicast'],
        command: 'no maximum-paths 4',
      },
      { within: [], command: 'no ip prefix-list A seq 5 permit 10.0.0.0/8' },
    ]);
    expect(changes.add.map(({ command }) => command)).toEqual([
      'router bgp 65000',
      'maximum-paths 8',
    ]);
  });
});

describe('whose sessions a change concerns', () => {
  const of = (text: string) => concerned(parseChanges(`Lines To Add\n============\n${text}`));

  test('the neighbours and groups that it names', () => {
    expect(of('router bgp 65000\n neighbor 10.0.0.1 remote-as 1\n')).toEqual(new Set(['10.0.0.1']));
    expect(
      of('router bgp 65000\n address-family ipv4 unicast\n  no neighbor NODES activate\n'),
    ).toEqual(new Set(['NODES']));
  });

  test('everybody, where the instance itself changes', () => {
    expect(of('no router bgp 65000\n')).toBe('all');
    expect(of('router bgp 65000\n bgp router-id 10.0.0.9\n')).toBe('all');
    expect(of('router bgp 65000\n timers bgp 3 9\n')).toBe('all');
  });

  test('nobody, where networks, paths, policies or other protocols change', () => {
    expect(
      of(
        'router bgp 65000\n address-family ipv4 unicast\n  network 10.0.0.0/8\nip route 10.1.0.0/16 Null0\n',
      ),
    ).toEqual(new Set());
    expect(of('router bgp 65000\n address-family ipv6 unicast\n')).toEqual(new Set());
  });

  test('members of groups are found in the running configuration', () => {
    expect([...groupsOf(captured('running.txt'))]).toEqual([
      ['192.168.10.100', 'CILIUM'],
      ['192.168.10.101', 'CILIUM'],
      ['192.168.20.100', 'CILIUM'],
    ]);
    expect(groupsOf(' neighbor eth1 interface peer-group NODES\n').get('eth1')).toBe('NODES');
  });
});
