import { expect, test } from '@jest/globals';
import { libvirtUsable } from '../../../plugins/libvirt/usable.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { FakeHost } from '../vagrant/fake-host.js';

const version =
  'Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\nUsing API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.22\n\n';
const capabilities =
  "<capabilities><guest><arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>";

function hostThat(more: Record<string, object | null> = {}): FakeHost {
  const host = new FakeHost();
  const all = {
    ' version': { stdout: version },
    ' capabilities': { stdout: capabilities },
    ...more,
  };
  for (const [words, answer] of Object.entries(all)) host.answers.set(words, answer);
  return host;
}

const on = (host: FakeHost, input: object = {}) =>
  attempt(libvirtUsable, { target: host.target, input, cleanup: () => Promise.resolve() });

laws(libvirtUsable, {
  cases: [
    {
      title: 'libvirt that answers',
      finds: 'nothing',
      arrange: () =>
        Promise.resolve({
          target: hostThat().target,
          input: { types: ['qemu'] },
          cleanup: () => Promise.resolve(),
        }),
    },
  ],
  bad: [
    { title: 'an unknown kind of machine', input: { types: ['vmware'] } },
    { title: 'an option as a connection', input: { uri: '-v' } },
  ],
});

test('versions and kinds of machines are told', async () => {
  expect((await on(hostThat()).check()).output).toEqual({
    libvirt: '9.0.0',
    hypervisor: 'QEMU 7.2.22',
    types: ['kvm', 'qemu'],
  });
  expect((await on(hostThat(), { types: ['lxc'] }).check()).drift).toBe(
    'libvirt cannot run lxc, only kvm, qemu',
  );
});

test('a daemon that does not answer, and a virsh that is not there, are drift', async () => {
  const refused = {
    exitCode: 1,
    stderr: 'error: failed to connect to the hypervisor\nerror: Failed to connect socket',
  };
  expect((await on(hostThat({ ' version': refused })).check()).drift).toMatch(
    /^host: virsh version: failed to connect to the hypervisor/,
  );
  expect((await on(hostThat({ ' version': null })).check()).drift).toBe('there is no virsh');
});
