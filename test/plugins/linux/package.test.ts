import { describe, expect, test as jestTest } from '@jest/globals';
import { aptErrors, isUnknown, parseSimulation, parseStatus } from '../../../plugins/linux/apt.js';
import { linuxPackage } from '../../../plugins/linux/package.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { smallArchive } from '../../targets/small-archive.js';

const test = needs({
  ...sandboxNeeds,
  commands: [...sandboxNeeds.commands, 'apt-get', 'apt-mark', 'dpkg', 'dpkg-deb'],
});
const stage = createStage(`(${smallArchive.build}\n)\n${smallArchive.reset}`, smallArchive.look);
const { install } = smallArchive;

laws(linuxPackage, {
  test,
  timeoutMs: 240_000,
  killPoints: 3,
  cases: [
    stage.situation(
      'one version, and later another',
      ':',
      { name: 'rb-tool', version: '1.0' },
      { deaths: false, later: { name: 'rb-tool', version: '2.0' } },
    ),
    stage.situation('not installed, with a dependency', ':', { name: 'rb-tool' }),
    stage.situation(
      'not known before the lists are fetched',
      'rm -rf /var/lib/apt/lists/*',
      {
        name: 'rb-lib',
      },
      { deaths: false },
    ),
    stage.situation('in another version', `${install} rb-tool=1.0`, {
      name: 'rb-tool',
      version: '2.0',
    }),
    stage.situation(
      'removed, its configuration left, its dependency there for it alone',
      `${install} rb-tool; apt-get -qq -y remove rb-tool >/dev/null`,
      { name: 'rb-tool' },
      { deaths: false },
    ),
    stage.situation(
      'to be removed, come as a dependency',
      `${install} rb-tool=1.0; apt-mark auto rb-tool >/dev/null`,
      { name: 'rb-tool', state: 'absent' },
    ),
    stage.situation('as wanted', `${install} rb-lib`, { name: 'rb-lib' }, { finds: 'nothing' }),
    stage.situation(
      'absent as wanted',
      ':',
      { name: 'rb-lib', state: 'absent' },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'an option', input: { name: '--purge' } },
    { title: 'a removal by suffix', input: { name: 'rb-tool/../x' } },
    { title: 'upper case', input: { name: 'Frr' } },
    { title: 'a single letter', input: { name: 'r' } },
    { title: 'a version in the name', input: { name: 'frr=1.0' } },
    { title: 'two packages', input: { name: 'frr bird' } },
    { title: 'a version that is an option', input: { name: 'frr', version: '-1' } },
    { title: 'a wildcard version', input: { name: 'frr', version: '1.*' } },
    { title: 'a version of what is absent', input: { name: 'frr', state: 'absent', version: '1' } },
  ],
});

describe('linux.package', () => {
  async function on(input: object, script = ':') {
    const sandbox = await stage.sandbox();
    await sandbox.sh(`(${smallArchive.build}\n)\n${smallArchive.reset}\n${script}`);
    const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
    return { sandbox, worker: attempt(linuxPackage, world) };
  }

  test('tells the version that is there', async () => {
    const { worker } = await on({ name: 'rb-tool', version: '2.0' }, `${install} rb-tool=1.0`);
    expect(await worker.check()).toMatchObject({
      before: { status: 'installed', version: '1.0', auto: false },
      drift: 'rb-tool 1.0 is installed instead of 2.0',
      output: { version: '1.0' },
    });
  });

  test('a package that no source has is refused for good', async () => {
    const { worker } = await on({ name: 'rb-nothing' });
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      message: 'sandbox: no package source has rb-nothing',
    });
    const pinned = await on({ name: 'rb-tool', version: '3.0' });
    const found = await pinned.worker.check();
    await expect(pinned.worker.apply(found.before)).rejects.toMatchObject({ code: 'refused' });
  });

  test('a package that others need is not removed', async () => {
    const { worker } = await on({ name: 'rb-tool', state: 'absent' }, `${install} rb-user`);
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('these would go with it: rb-user'),
    });
  });

  test('a package that is held is refused with its reason', async () => {
    const held = `${install} rb-tool=1.0; apt-mark hold rb-tool >/dev/null`;
    const { worker } = await on({ name: 'rb-tool', version: '2.0' }, held);
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('Held packages'),
    });
  });

  test('undo keeps a dependency that others have come to need', async () => {
    const { worker, sandbox } = await on({ name: 'rb-tool' });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh(`cd /tmp; rm -rf o; mkdir -p o/DEBIAN
printf 'Package: rb-other\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\nDepends: rb-lib\\nDescription: x\\n' > o/DEBIAN/control
dpkg-deb --root-owner-group --build o >/dev/null; dpkg -i o.deb >/dev/null`);
    await worker.undo(before);
    expect(await worker.restored(before)).toBeNull();
    expect(await sandbox.sh(smallArchive.look)).toMatch(/rb-lib 1\.0 installed/);
  });

  test('undo refuses where others need the package itself', async () => {
    const { worker, sandbox } = await on({ name: 'rb-tool' });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh(`${install} rb-user`);
    await expect(worker.undo(before)).rejects.toMatchObject({
      code: 'undo-failed',
      message: expect.stringContaining('rb-user'),
    });
  });

  test('undo says so where the former version is gone from the sources', async () => {
    const { worker, sandbox } = await on(
      { name: 'rb-tool', version: '2.0' },
      `${install} rb-tool=1.0`,
    );
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh(
      'rm -rf /var/lib/apt/lists/*; mv /srv/archive/Packages /srv/archive/Packages.hidden',
    );
    await expect(worker.undo(before)).rejects.toMatchObject({
      code: 'undo-failed',
      message: 'sandbox: no package source has rb-tool 1.0 any more',
    });
  });

  test('what a killed dpkg left half done is mended', async () => {
    const half =
      'dpkg --unpack /srv/archive/rb-lib_1.0_all.deb >/dev/null; touch /var/lib/dpkg/updates/0001';
    const { worker } = await on({ name: 'rb-lib' }, half);
    const { before, drift } = await worker.check();
    expect(drift).toBe('rb-lib is only unpacked');
    await worker.apply(before);
    expect((await worker.check()).drift).toBeNull();
  });
});

describe('what dpkg and apt print', () => {
  jestTest('states', () => {
    expect(parseStatus('installed\t1.0\n')).toEqual({ status: 'installed', version: '1.0' });
    expect(parseStatus('not-installed\t\n')).toEqual({ status: 'not-installed', version: null });
    expect(parseStatus('')).toEqual({ status: 'not-installed', version: null });
    expect(parseStatus('not-installed\t\ninstalled\t2\n').version).toBe('2');
  });

  jestTest('simulations', () => {
    const lines = [
      'Inst rb-lib (1.0 localhost [all])',
      'Inst rb-tool [1.0] (2.0 localhost [all])',
      'Conf rb-lib (1.0 localhost [all])',
      'Remv rb-old [1]',
      'Purg rb-older [1]',
    ];
    expect(parseSimulation(lines.join('\n'))).toEqual({
      added: ['rb-lib'],
      removed: ['rb-old', 'rb-older'],
    });
  });

  jestTest('errors', () => {
    expect(aptErrors('W: warn\nE: Unable to locate package x\nE: Broken\n')).toBe(
      'Unable to locate package x Broken',
    );
    expect(isUnknown("E: Version '3' for 'x' was not found")).toBe(true);
    expect(isUnknown('E: Unmet dependencies.')).toBe(false);
  });
});
