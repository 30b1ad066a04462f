import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { machineDrift, foundIn } from '../../../../plugins/nspawn/machine/drift.js';
import { machineInput } from '../../../../plugins/nspawn/machine/input.js';
import { parseKeyscan } from '../../../../plugins/nspawn/machine/reachable.js';
import { parseStatus } from '../../../../plugins/nspawn/machine/status.js';

function capture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/nspawn/${name}`, import.meta.url), 'utf8');
}

const running = capture('status-running.out');
const cut = capture('status-power-cut.out');
const absent = capture('status-absent.out');

function input(state: string, more: object = {}) {
  return machineInput.parse({
    name: 'k8s-w0',
    state,
    prefix: 'lab',
    dir: '/srv/lab/machines/k8s-w0',
    layers: ['/srv/lab/layer', '/srv/rootfs'],
    nics: [{ name: 'eth1', bridge: 'br20', address: '192.168.20.100/24' }],
    gateway: '192.168.20.200',
    volumes: ['/var/lib/containerd', '/var/lib/kubelet'],
    ...more,
  });
}

function without(text: string, ...keys: string[]): string {
  return text
    .split('\n')
    .filter((line) => !keys.includes(line.split(' ')[0] ?? ''))
    .join('\n');
}

describe('status of a machine', () => {
  test('one that runs', () => {
    const status = parseStatus(running);
    expect(status).toMatchObject({ state: 'running', supervised: true, connected: true });
    expect(status.bootId).toBe('3a6e9b69-e6f3-40a4-9023-e30df14bb88e');
    expect(status.hostKey).toMatch(/^ssh-ed25519 AAAA\S+$/);
    expect(foundIn(status)).toEqual({ state: 'running', settings: status.settingsId });
    expect(machineDrift(input('running'), status)).toBeNull();
    expect(machineDrift(input('stopped'), status)).toBe('k8s-w0 is running');
    expect(machineDrift(input('absent'), status)).toBe('k8s-w0 exists, and is running');
  });

  test('one whose power was cut', () => {
    const status = parseStatus(cut);
    expect(status).toMatchObject({
      state: 'stopped',
      ended: 'power cut',
      bootId: null,
      remains: [],
    });
    expect(foundIn(status)).toEqual({ state: 'stopped', settings: null });
    expect(machineDrift(input('running'), status)).toBe('k8s-w0 is down: power cut');
    expect(machineDrift(input('stopped'), status)).toBeNull();
  });

  test('one that is not there', () => {
    const status = parseStatus(absent);
    expect(status).toMatchObject({ state: 'absent', hostKey: null, settings: null, ended: null });
    expect(machineDrift(input('running'), status)).toBe('k8s-w0 does not exist');
    expect(machineDrift(input('stopped'), status)).toBe('k8s-w0 has no disk');
    expect(machineDrift(input('absent'), status)).toBeNull();
  });

  test('between two boots it is starting, and counts as on', () => {
    const status = parseStatus(without(running, 'nspawn', 'boot', 'namespace'));
    expect(status.state).toBe('starting');
    expect(foundIn(status).state).toBe('running');
    expect(machineDrift(input('running'), status)).toBe('k8s-w0 is starting');
  });

  test('a machine outlives its supervisor and its systemd-nspawn', () => {
    const status = parseStatus(without(running, 'supervisor', 'nspawn'));
    expect(status).toMatchObject({ state: 'running', supervised: false });
    expect(machineDrift(input('running'), status)).toBe('k8s-w0 runs, but its supervisor is gone');
  });

  test('a machine without its network namespace is not what it should be', () => {
    const status = parseStatus(without(running, 'namespace'));
    expect(machineDrift(input('running'), status)).toBe('k8s-w0 has lost its network namespace');
  });

  test('what a supervisor that was killed left behind is drift', () => {
    const status = parseStatus(without(running, 'supervisor', 'nspawn', 'boot'));
    expect(status.state).toBe('stopped');
    expect(machineDrift(input('stopped'), status)).toBe(
      'k8s-w0 left its network namespace, its control groups behind',
    );
  });

  test('a folder with half a disk is a remainder', () => {
    const status = parseStatus('folder yes\ncomplete\n');
    expect(machineDrift(input('absent'), status)).toBe('k8s-w0 left its folder behind');
  });

  test('other settings are drift, of at most 256 bytes', () => {
    const status = parseStatus(running);
    const drift = machineDrift(input('running', { gateway: '192.168.20.1' }), status);
    expect(drift).toContain('- gateway 192.168.20.200, + gateway 192.168.20.1');
    const many = Array.from({ length: 12 }, (_, at) => ({ from: `/srv/${at}`, to: `/mnt/${at}` }));
    const long = machineDrift(input('running', { binds: many }), status);
    expect(Buffer.byteLength(long ?? '')).toBeLessThanOrEqual(256);
  });

  test('half an answer is no answer', () => {
    expect(() => parseStatus(running.slice(0, 200))).toThrow('cut off');
    expect(() => parseStatus('')).toThrow('cut off');
  });
});

describe('ssh-keyscan', () => {
  test('shows the key', () => {
    expect(parseKeyscan(capture('keyscan.out'))).toMatch(/^ssh-ed25519 AAAA\S+$/);
  });

  test('nobody there', () => {
    expect(parseKeyscan('')).toBeNull();
    expect(parseKeyscan('# 192.168.20.100:22 SSH-2.0-OpenSSH_9.2p1\n')).toBeNull();
  });
});
