import { describe, expect, test } from '@jest/globals';
import { cableOf, interfaceLength, macOf, namespaceOf } from '../../../plugins/nspawn/names.js';

describe('names of a lab', () => {
  test('a cable is named after its machine and interface', () => {
    expect(cableOf('k8s-w0', 'eth1')).toBe('k8s-w0-eth1');
    expect(cableOf('twelve-chars', 'eth'.slice(0, 2))).toBe('twelve-chars-et');
  });

  test('a cable that would be too long is cut, and stays distinct', () => {
    const names = ['control-plane-0', 'control-plane-1', 'control-plane-00'].map((machine) =>
      cableOf(machine, 'eth1'),
    );
    for (const name of names) expect(name.length).toBe(interfaceLength);
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toMatch(/^control--[0-9a-f]{6}$/);
  });

  test('a MAC address follows from the address, whatever the length of its prefix', () => {
    expect(macOf('192.168.10.200/24')).toBe('52:54:00:a8:0a:c8');
    expect(macOf('192.168.10.200')).toBe('52:54:00:a8:0a:c8');
    expect(macOf('10.0.0.9/8')).toBe('52:54:00:00:00:09');
  });

  test('namespaces begin with the prefix', () => {
    expect(namespaceOf('rb-01ab23cd', 'k8s-ctr')).toBe('rb-01ab23cd-k8s-ctr');
  });
});
