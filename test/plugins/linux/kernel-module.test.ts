import { readFileSync } from 'node:fs';
import { describe, expect, test as jestTest } from '@jest/globals';
import { linuxKernelModule } from '../../../plugins/linux/kernel-module.js';
import { kernelName, parseDepends, parseModuleState } from '../../../plugins/linux/module-state.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { needs } from '../../needs.js';
import { fakeKernel } from '../../targets/fake-kernel.js';
import { createSandbox, sandboxNeeds } from '../../targets/sandbox.js';
import { createStage } from '../../targets/situation.js';
import { treeScript } from '../../targets/tree.js';

const test = needs(sandboxNeeds);
const stage = createStage(
  fakeKernel.boot,
  `${fakeKernel.look}\n${treeScript('/etc/modules-load.d')}`,
);
const load = (module: string) =>
  `mkdir /sys/module/${module}; echo live > /sys/module/${module}/initstate`;

laws(linuxKernelModule, {
  test,
  cases: [
    stage.situation(
      'for now, and later at boot',
      ':',
      { module: 'udp_tunnel', persist: false },
      { deaths: false, later: { module: 'udp-tunnel' } },
    ),
    stage.situation('not loaded', ':', { module: 'geneve' }),
    stage.situation(
      'not loaded, for this boot only',
      ':',
      { module: 'geneve', persist: false },
      { deaths: false },
    ),
    stage.situation('some of its dependencies loaded', load('udp_tunnel'), { module: 'geneve' }),
    stage.situation(
      'loaded, but not at boot',
      load('geneve'),
      { module: 'geneve' },
      { deaths: false },
    ),
    stage.situation(
      'a file for the boot that says something else',
      'echo "# off" > /etc/modules-load.d/90-runbook-udp_tunnel.conf',
      { module: 'udp-tunnel' },
    ),
    stage.situation(
      'by an alias',
      ':',
      { module: 'net-pf-16-proto-16', persist: false },
      { deaths: false },
    ),
    stage.situation('built in', ':', { module: '8021q' }, { finds: 'nothing' }),
    stage.situation('built in, with parameters', ':', { module: 'kernel' }, { finds: 'nothing' }),
    stage.situation(
      'loaded under an alias',
      load('geneve'),
      { module: 'net-pf-16-proto-16', persist: false },
      { finds: 'nothing' },
    ),
  ],
  bad: [
    { title: 'a path', input: { module: '../geneve' } },
    { title: 'a file', input: { module: 'geneve.ko' } },
    { title: 'an option', input: { module: '-r' } },
    { title: 'a blank', input: { module: 'geneve x' } },
    { title: 'an empty name', input: { module: '' } },
    { title: 'a name that is too long', input: { module: 'x'.repeat(56) } },
  ],
});

describe('linux.kernel-module', () => {
  async function on(input: object, script = ':') {
    const sandbox = await stage.sandbox();
    await sandbox.sh(`${fakeKernel.boot}\n${script}`);
    const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
    return { sandbox, worker: attempt(linuxKernelModule, world) };
  }

  test('a module that the kernel does not have is refused by the check', async () => {
    const { worker } = await on({ module: 'nosuch' });
    await expect(worker.check()).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
      message: expect.stringMatching(/^sandbox: kernel \d+\.\S+ has no module nosuch: .*not found/),
    });
  });

  test('a module that cannot be loaded is refused for good', async () => {
    const { worker } = await on({ module: 'broken', persist: false });
    const { before } = await worker.check();
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('Function not implemented'),
    });
  });

  test('undo does not remove a module in use, and says so', async () => {
    const { worker, sandbox } = await on({ module: 'geneve', persist: false });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh('echo gnv0 > /sys/module/geneve/used');
    await expect(worker.undo(before)).rejects.toMatchObject({
      code: 'undo-failed',
      message: expect.stringContaining('in use'),
    });
  });

  // A device does not hold its module: rmmod would take it away without a word.
  test('undo does not remove a module with devices, and names them', async () => {
    const { worker, sandbox } = await on({ module: 'veth', persist: false });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh('ip link add law0 type veth peer name law1');
    await expect(worker.undo(before)).rejects.toMatchObject({
      code: 'undo-failed',
      message: expect.stringMatching(/veth is in use: devices of veth: law\d law\d/),
    });
    await sandbox.sh('ip link del law0');
    await worker.undo(before);
    expect(await worker.restored(before)).toBeNull();
  });

  test('undo leaves a dependency that something else uses by now', async () => {
    const { worker, sandbox } = await on({ module: 'geneve', persist: false });
    const { before } = await worker.check();
    await worker.apply(before);
    await sandbox.sh('echo vxlan > /sys/module/udp_tunnel/used');
    await worker.undo(before);
    expect(await worker.restored(before)).toBeNull();
    expect((await sandbox.sh('ls /sys/module')).split('\n')).toContain('udp_tunnel');
  });

  test('without modprobe a tool is missing', async () => {
    const sandbox = await createSandbox();
    try {
      await sandbox.sh(`${fakeKernel.boot}\nrm -f /usr/local/sbin/modprobe /usr/sbin/modprobe`);
      const input = { module: 'geneve' };
      const world = { target: sandbox.open, input, cleanup: () => Promise.resolve() };
      await expect(attempt(linuxKernelModule, world).check()).rejects.toMatchObject({
        code: 'tool-missing',
      });
    } finally {
      await sandbox.stop();
    }
  });
});

describe('what kmod prints', () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../fixtures/modprobe/${name}`, import.meta.url), 'utf8');

  jestTest('dependencies in the order of loading', () => {
    expect(parseDepends(fixture('show-depends-geneve.out'))).toEqual({
      modules: ['udp_tunnel', 'geneve'],
      builtin: false,
    });
    expect(parseDepends(fixture('show-depends-builtin.out'))).toEqual({
      modules: [],
      builtin: true,
    });
  });

  jestTest('compressed modules, options and install lines', () => {
    const lines = [
      'insmod /lib/modules/6.8.0/kernel/net/nf-conntrack.ko.zst ',
      'builtin crc32c',
      'install /sbin/special',
      'insmod /lib/modules/6.8.0/kernel/net/x.ko.xz debug=1',
    ];
    expect(parseDepends(lines.join('\n'))).toEqual({
      modules: ['nf_conntrack', 'x'],
      builtin: false,
    });
  });

  jestTest('states and names', () => {
    expect(parseModuleState('6.1.0\nlive\n')).toEqual({ kernel: '6.1.0', state: 'live' });
    expect(parseModuleState('6.1.0\nabsent\n').state).toBe('absent');
    expect(kernelName('br-netfilter')).toBe('br_netfilter');
  });
});
