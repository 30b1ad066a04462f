import { afterAll, describe, expect } from '@jest/globals';
import { hostLimits } from '../../../../plugins/nspawn/network/limits.js';
import { needs } from '../../../needs.js';
import { createSandbox, sandboxNeeds, type Sandbox } from '../../../targets/sandbox.js';

const test = needs({ ...sandboxNeeds, commands: [...sandboxNeeds.commands, 'flock'] });

/** A sysctl that every network namespace has for itself: the host's stay as they are. */
const key = 'net/ipv4/ip_default_ttl';

let made: Promise<Sandbox> | undefined;
afterAll(async () => {
  await (await made)?.stop();
});

async function start(...labs: string[]): Promise<Sandbox> {
  const sandbox = await (made ??= createSandbox());
  await sandbox.sh(
    `echo 64 > /proc/sys/${key}; rm -rf /run/runbook; ip -all netns del; for lab; do ip netns add "$lab"; done`,
    ...labs,
  );
  return sandbox;
}

async function state({ sh }: Sandbox): Promise<string> {
  return (await sh(`cat /proc/sys/${key}; ls /run/runbook/nspawn 2>/dev/null || :`)).trim();
}

describe('limits of the host that labs share', () => {
  test('are raised, and put back to the value found', async () => {
    const sandbox = await start('one');
    const one = hostLimits(sandbox.target, 'one', [{ key, least: 100 }]);
    await one.hold();
    expect(await one.look()).toEqual({ held: true, low: null });
    expect(await state(sandbox)).toMatch(/^100\n/);
    await one.hold();
    await one.release();
    expect(await state(sandbox)).toBe('64');
    await one.release();
    expect(await state(sandbox)).toBe('64');
  });

  test('stay while another lab needs them', async () => {
    const sandbox = await start('one', 'two');
    const one = hostLimits(sandbox.target, 'one', [{ key, least: 100 }]);
    const two = hostLimits(sandbox.target, 'two', [{ key, least: 90 }]);
    await one.hold();
    await two.hold();
    await one.release();
    expect(await state(sandbox)).toMatch(/^100\n/);
    expect((await two.look()).held).toBe(true);
    await two.release();
    expect(await state(sandbox)).toBe('64');
  });

  test('a lab that is gone does not need them', async () => {
    const sandbox = await start('one', 'two');
    const one = hostLimits(sandbox.target, 'one', [{ key, least: 100 }]);
    await one.hold();
    await hostLimits(sandbox.target, 'two', [{ key, least: 110 }]).hold();
    await sandbox.sh('ip netns del two');
    await one.release();
    expect(await state(sandbox)).toBe('64');
  });

  test('are not lowered, and not put back over what somebody has set since', async () => {
    const sandbox = await start('one');
    await sandbox.sh(`echo 200 > /proc/sys/${key}`);
    const one = hostLimits(sandbox.target, 'one', [{ key, least: 100 }]);
    await one.hold();
    await one.release();
    expect(await state(sandbox)).toBe('200');
    await start('one');
    await one.hold();
    await sandbox.sh(`echo 120 > /proc/sys/${key}`);
    await one.release();
    expect(await state(sandbox)).toBe('120');
  });

  test('what was kept before the last boot of the host does not count', async () => {
    const sandbox = await start('one');
    await sandbox.sh(
      `mkdir -p /run/runbook/nspawn/${key}/holders; cd /run/runbook/nspawn
      echo another-boot > boot; echo 30 > ${key}/former; echo 64 > ${key}/raised; echo 64 > ${key}/holders/one`,
    );
    const one = hostLimits(sandbox.target, 'one', [{ key, least: 100 }]);
    expect((await one.look()).held).toBe(false);
    await one.hold();
    await one.release();
    expect(await state(sandbox)).toBe('64');
  });
});
