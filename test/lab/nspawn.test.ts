import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect } from '@jest/globals';
import { nspawnMachine } from '../../plugins/nspawn/machine.js';
import { nspawnNetwork } from '../../plugins/nspawn/network.js';
import { nspawnSnapshot } from '../../plugins/nspawn/snapshot.js';
import { needs } from '../needs.js';
import { patience } from '../patience.js';
import { productTarget } from '../targets/product.js';
import { machineNeeds, startNspawnWorld, type NspawnWorld } from './nspawn-world.js';

const test = needs(machineNeeds);

const worlds: NspawnWorld[] = [];
afterAll(async () => {
  for (const world of worlds) await world.stop();
}, 60_000 * patience);

async function start(): Promise<NspawnWorld> {
  const world = await startNspawnWorld();
  worlds.push(world);
  return world;
}

/** Waits for the first answer that is wanted. */
async function until<T>(look: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  const end = performance.now() + 40_000 * patience;
  for (;;) {
    const found = await look();
    if (wanted(found) || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A command that outlives the login, so that the login itself ends well. */
function soon(command: string): string {
  return `nohup sh -c 'sleep 0.2; ${command}' > /dev/null 2>&1 &`;
}

describe('machines of a lab', () => {
  test('boot, reboot, power off, lose their power, and leave nothing behind', async () => {
    const lab = await start();
    const input = lab.machine('k8s-w1', '192.168.10.101/24', { gateway: '192.168.10.1' });
    const bootId = async (): Promise<unknown> =>
      ((await lab.look(nspawnMachine, input)).output as Record<string, unknown>)['bootId'];

    // The host key is there before the first boot, so that the first connection can be checked.
    const made = await lab.bring(nspawnMachine, { ...input, state: 'stopped' });
    expect(made).toMatchObject({ state: 'stopped', bootId: null, ended: null });
    const up = await lab.bring(nspawnMachine, input);
    expect(up['hostKey']).toBe(made['hostKey']);
    const { hostKey } = up;
    const facts = 'hostname; cat /proc/sys/kernel/random/boot_id; cat /sys/class/net/eth1/address';
    expect((await lab.ssh(input, hostKey, facts)).split('\n')).toEqual([
      'k8s-w1',
      up['bootId'],
      '52:54:00:a8:0a:65',
    ]);
    // Of the kernel that it shares it sees what the host has.
    const kernel =
      'cd /; ls -d boot/config-$(uname -r) lib/modules/$(uname -r)/modules.dep 2>/dev/null; true';
    expect(await lab.ssh(input, hostKey, kernel)).toBe(
      execFileSync('sh', ['-c', kernel], { encoding: 'utf8' }).trim(),
    );

    // A reboot from within loses what a reboot loses, and nothing else.
    await lab.ssh(
      input,
      hostKey,
      'echo kept > /root/kept; ip route add 10.99.0.0/16 via 192.168.10.1; sysctl -qw net.ipv4.conf.all.log_martians=1; sync',
    );
    await lab.ssh(input, hostKey, soon('systemctl reboot'));
    expect(await until(bootId, (id) => id !== null && id !== up['bootId'])).not.toBe(up['bootId']);
    await lab.bring(nspawnMachine, input);
    const after = await until(
      () =>
        lab
          .ssh(input, hostKey, 'cat /root/kept; ip route; sysctl -n net.ipv4.conf.all.log_martians')
          .catch(() => ''),
      (text) => text !== '',
    );
    expect(after).toMatch(/^kept\n/);
    expect(after).toMatch(/\n0$/);
    expect(after).not.toContain('10.99.0.0/16');

    await lab.ssh(input, hostKey, soon('systemctl poweroff'));
    const drift = await until(
      async () => (await lab.look(nspawnMachine, input)).drift,
      (text) => text?.includes('down') === true,
    );
    expect(drift).toBe('k8s-w1 is down: powered off');

    const again = await lab.bring(nspawnMachine, input);
    const crashed = await lab.bring(nspawnMachine, { ...input, state: 'stopped', force: true });
    expect(crashed).toMatchObject({ state: 'stopped', ended: 'power cut', hostKey });
    expect(await lab.remains()).toEqual([
      `namespace ${lab.prefix}`,
      expect.stringContaining('limit'),
      expect.stringContaining('limit'),
    ]);
    const last = await lab.bring(nspawnMachine, input);
    expect(last['bootId']).not.toBe(again['bootId']);
    expect(await lab.ssh(input, hostKey, 'cat /root/kept')).toBe('kept');

    await lab.bring(nspawnMachine, { ...input, state: 'absent' });
    await lab.bring(nspawnNetwork, { ...lab.network, state: 'absent' });
    expect(await lab.remains()).toEqual([]);
  }, 120_000);

  test('of two labs have the same addresses, and do not meet', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const up = await Promise.all(
      [one, two].map(async (lab) => {
        const input = lab.machine('k8s-w0', '192.168.10.100/24');
        const { hostKey } = await lab.bring(nspawnMachine, input);
        return { lab, input, hostKey };
      }),
    );
    for (const { lab, input, hostKey } of up) {
      await lab.ssh(input, hostKey, `echo ${lab.prefix} > /root/lab`);
    }
    for (const { lab, input, hostKey } of up) {
      expect(await lab.ssh(input, hostKey, 'cat /root/lab')).toBe(lab.prefix);
    }
    expect(up[0]?.hostKey).not.toBe(up[1]?.hostKey);
  }, 60_000);

  test('can be saved and restored', async () => {
    const lab = await start();
    const input = lab.machine('router', '192.168.10.200/24', { volumes: ['/srv'] });
    const { hostKey } = await lab.bring(nspawnMachine, input);
    const snapshot = {
      name: 'fresh',
      dir: `${lab.dir}/snapshots`,
      prefix: lab.prefix,
      machines: [{ name: 'router', dir: input['dir'] ?? '' }],
    };
    await lab.ssh(input, hostKey, 'echo then > /root/when; echo then > /srv/when; sync');
    await expect(lab.bring(nspawnSnapshot, { ...snapshot, state: 'saved' })).rejects.toMatchObject({
      code: 'refused',
      message: 'snapshot fresh: router is running',
    });
    await lab.bring(nspawnMachine, { ...input, state: 'stopped' });
    await lab.bring(nspawnSnapshot, { ...snapshot, state: 'saved' });
    await lab.bring(nspawnMachine, input);
    await lab.ssh(input, hostKey, 'echo now > /root/when; echo now > /srv/when');
    await lab.bring(nspawnMachine, { ...input, state: 'stopped', force: true });
    await lab.bring(nspawnSnapshot, { ...snapshot, state: 'restored' });
    const { hostKey: same } = await lab.bring(nspawnMachine, input);
    expect(same).toBe(hostKey);
    expect(await lab.ssh(input, hostKey, 'cat /root/when /srv/when')).toBe('then\nthen');
  }, 60_000);

  test('live on when the command that started them is gone, as the product runs it', async () => {
    const open = productTarget('local', ['env']);
    const lab = await startNspawnWorld(open('apply'));
    worlds.push(lab);
    const input = lab.machine('k8s-w2', '192.168.10.102/24');
    const { hostKey, bootId } = await lab.bring(nspawnMachine, input);
    expect(await lab.ssh(input, hostKey, 'cat /proc/sys/kernel/random/boot_id')).toBe(bootId);
    expect((await lab.look(nspawnMachine, input)).drift).toBeNull();
  }, 60_000);
});
