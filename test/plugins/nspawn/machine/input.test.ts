import { describe, expect, test } from '@jest/globals';
import { machineInput } from '../../../../plugins/nspawn/machine/input.js';

const machine = {
  name: 'k8s-w0',
  state: 'running',
  prefix: 'lab',
  dir: '/srv/lab/k8s-w0',
  layers: ['/srv/lab/layer', '/srv/rootfs'],
};

function accepts(more: object): boolean {
  return machineInput.safeParse({ ...machine, ...more }).success;
}

describe('input of a machine', () => {
  test('has defaults', () => {
    const input = machineInput.parse(machine);
    expect(input).toMatchObject({ force: false, stopTimeout: 60_000, onReboot: 'restart' });
    expect(input.nics).toEqual([]);
  });

  test('takes paths with blanks and other letters', () => {
    expect(accepts({ dir: '/home/Zoë/my labs/k8s-w0' })).toBe(true);
  });

  test.each([
    ['a path with a colon, which separates layers', { dir: '/srv/a:b' }],
    ['a path with a comma, which separates mount options', { layers: ['/srv/a,b'] }],
    ['a path with a newline', { dir: '/srv/a\nb' }],
    ['a path with ..', { dir: '/srv/lab/../../etc' }],
    ['the root as its folder', { dir: '/' }],
    ['a relative path', { dir: 'srv/lab' }],
    ['no layer', { layers: [] }],
    ['the same layer twice', { layers: ['/srv/rootfs', '/srv/rootfs'] }],
    ['a name with a slash', { name: '../w0' }],
    ['a name that begins with -', { name: '-w0' }],
    ['a prefix with a slash', { prefix: 'a/b' }],
    ['a prefix that is too long', { prefix: 'a'.repeat(25) }],
    [
      'an interface with a blank',
      { nics: [{ name: 'eth 1', bridge: 'br', address: '10.0.0.1/24' }] },
    ],
    [
      'an interface that is too long',
      { nics: [{ name: 'e'.repeat(16), bridge: 'br', address: '10.0.0.1/24' }] },
    ],
    ['an address without length', { nics: [{ name: 'eth1', bridge: 'br', address: '10.0.0.1' }] }],
    ['a gateway that is no address', { gateway: 'router' }],
    [
      'two interfaces of the same name',
      {
        nics: [
          { name: 'eth1', bridge: 'br10', address: '10.0.0.1/24' },
          { name: 'eth1', bridge: 'br20', address: '10.0.1.1/24' },
        ],
      },
    ],
    ['an unknown field', { cpus: 2 }],
    ['a time without unit', { stopTimeout: '60' }],
  ])('refuses %s', (_, more) => {
    expect(accepts(more)).toBe(false);
  });
});
