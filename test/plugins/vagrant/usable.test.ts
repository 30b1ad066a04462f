import { describe, expect, test } from '@jest/globals';
import { supportedIn, virtualboxGate } from '../../../plugins/vagrant/gate.js';
import { pluginVersion, vagrantUsable } from '../../../plugins/vagrant/usable.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { refusal } from './captures.js';
import { FakeHost } from './fake-host.js';

/** `vagrant plugin list --machine-readable` of Debian 12. */
const plugins = `1795747918,,ui,info,vagrant-libvirt (0.11.2%!(VAGRANT_COMMA) system)
1795747918,,plugin-name,vagrant-libvirt
1795747918,vagrant-libvirt,plugin-version,0.11.2%!(VAGRANT_COMMA) system
`;

function hostWith(answers: Record<string, object | null>): FakeHost {
  const host = new FakeHost();
  for (const [words, answer] of Object.entries(answers)) host.answers.set(words, answer);
  return host;
}

const libvirt = () =>
  hostWith({
    'vagrant --version': { stdout: 'Vagrant 2.3.4\n' },
    'plugin list': { stdout: plugins },
  });

const on = (host: FakeHost, input: object = {}) =>
  attempt(vagrantUsable, { target: host.target, input, cleanup: () => Promise.resolve() }).check();

laws(vagrantUsable, {
  cases: [
    {
      title: 'vagrant with libvirt',
      finds: 'nothing',
      arrange: () =>
        Promise.resolve({
          target: libvirt().target,
          input: {},
          cleanup: () => Promise.resolve(),
        }),
    },
  ],
  bad: [
    { title: 'an unknown provider', input: { provider: 'vmware' } },
    { title: 'a home that is not absolute', input: { home: 'x' } },
  ],
});

describe('vagrant and libvirt', () => {
  test('tell their versions', async () => {
    expect((await on(libvirt())).output).toEqual({
      vagrant: '2.3.4',
      plugin: '0.11.2',
      provider: null,
    });
    expect(pluginVersion(plugins, 'vagrant-lxc')).toBeNull();
  });

  test('that are not there are drift', async () => {
    const none = await on(hostWith({ 'vagrant --version': null }));
    expect(none.drift).toBe('host: vagrant is not installed');
    const host = libvirt();
    host.answers.set('plugin list', { stdout: '' });
    expect((await on(host)).drift).toBe('host: vagrant has no plugin vagrant-libvirt');
  });
});

describe('the gate of VirtualBox', () => {
  test.each([
    [
      '2.4.7',
      '7.2.0r170228',
      'vagrant 2.4.7 does not know VirtualBox 7.2: that takes vagrant 2.4.9 or newer',
    ],
    ['2.4.9', '7.2.0r170228', null],
    ['2.4.10.dev', '7.2.4', null],
    ['2.3.4', '7.0.20r163906', null],
    [
      '2.3.4',
      '7.1.6r167084',
      'vagrant 2.3.4 does not know VirtualBox 7.1: that takes vagrant 2.4.2 or newer',
    ],
    ['2.2.19', '6.1.50', null],
    [
      '2.4.9',
      '7.3.0',
      'VirtualBox 7.3 is newer than 7.2, the newest that a vagrant is known to take (here: 2.4.9)',
    ],
    ['2.4.9', '3.2.0', 'VirtualBox 3.2 is older than any that vagrant knows'],
    ['2.4.9', 'nothing', 'no versions: 2.4.9, nothing'],
  ])('vagrant %s beside VirtualBox %s: %s', (vagrant, virtualbox, drift) => {
    expect(virtualboxGate(vagrant, virtualbox)).toBe(drift);
  });

  const vbox = (answer: object | null, vagrant = '2.4.7') =>
    on(
      hostWith({
        'vagrant --version': { stdout: `Vagrant ${vagrant}\n` },
        'VBoxManage --version': answer,
      }),
      { provider: 'virtualbox' },
    );

  test('stops before a machine is tried', async () => {
    expect((await vbox({ stdout: '7.2.0r170228\n' })).drift).toBe(
      'host: vagrant 2.4.7 does not know VirtualBox 7.2: that takes vagrant 2.4.9 or newer',
    );
    expect((await vbox({ stdout: '7.1.0r164728\n' })).drift).toBeNull();
    expect((await vbox(null)).drift).toBe('host: VirtualBox is not installed');
  });

  test('sees a kernel module that is not loaded', async () => {
    const warned = `WARNING: The character device /dev/vboxdrv does not exist.\n\t Please install the virtualbox-dkms package.\n7.0.20r163906\n`;
    expect(await vbox({ stdout: warned })).toMatchObject({
      drift: 'host: the kernel module of VirtualBox is not loaded',
      output: { provider: '7.0.20r163906' },
    });
  });

  test('agrees with what vagrant says when it refuses', () => {
    const taken = supportedIn(refusal);
    expect(taken).toHaveLength(11);
    expect(taken.every((version) => virtualboxGate('2.4.7', version) === null)).toBe(true);
    expect(taken).not.toContain('7.2');
    expect(virtualboxGate('2.4.7', '7.2')).not.toBeNull();
    expect(supportedIn('another error')).toEqual([]);
  });
});
