import { describe, expect, test } from '@jest/globals';
import { inTheWay, networksOf, vagrantFits } from '../../../plugins/vagrant/fits.js';
import { attempt } from '../../laws/attempt.js';
import { laws } from '../../laws.js';
import { FakeHost } from './fake-host.js';

const router = {
  name: 'router',
  memory: 1024,
  nics: [{ network: 'lab10', address: '192.168.10.200/24' }],
};
const input = { dir: '/srv/lab', box: 'debian/bookworm64', machines: [router] };
const interfaces = (more: object[] = []) =>
  JSON.stringify([
    {
      ifname: 'lo',
      flags: ['UP'],
      addr_info: [{ local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
    },
    {
      ifname: 'eth0',
      flags: ['UP'],
      addr_info: [{ local: '10.0.0.5', prefixlen: 24, scope: 'global' }],
    },
    ...more,
  ]);

function hostThat({
  memory = 8000,
  disk = 50_000,
  more = [] as object[],
  written = 1,
} = {}): FakeHost {
  const host = new FakeHost();
  host.answers.set('room /srv/lab', { stdout: `memory ${memory}\ndisk ${disk}\n` });
  host.answers.set('ip -j -4', { stdout: interfaces(more) });
  host.answers.set('test -f', { exitCode: written });
  return host;
}

const on = (host: FakeHost, more: object = {}) =>
  attempt(vagrantFits, {
    target: host.target,
    input: { ...input, ...more },
    cleanup: () => Promise.resolve(),
  }).check();

laws(vagrantFits, {
  cases: [
    {
      title: 'a host with room',
      finds: 'nothing',
      arrange: () =>
        Promise.resolve({ target: hostThat().target, input, cleanup: () => Promise.resolve() }),
    },
  ],
  bad: [
    { title: 'another provider than libvirt', input: { ...input, provider: 'virtualbox' } },
    { title: 'less than no memory', input: { ...input, margin: -1 } },
  ],
});

describe('what stands in the way', () => {
  test('too little memory or disk', async () => {
    expect((await on(hostThat({ memory: 1500 }))).drift).toBe(
      'host: 1500 MiB of memory are available, 1536 are needed',
    );
    expect((await on(hostThat({ memory: 1536 }))).drift).toBeNull();
    expect((await on(hostThat({ disk: 2047 }))).drift).toBe(
      'host: 2047 MiB of disk are free, 2048 are needed',
    );
  });

  test('a network that the host has already, other than the lab’s own', async () => {
    const taken = [
      {
        ifname: 'eth1',
        flags: ['UP'],
        addr_info: [{ local: '192.168.10.7', prefixlen: 16, scope: 'global' }],
      },
    ];
    expect((await on(hostThat({ more: taken }))).drift).toContain(
      'lab10 (192.168.10.200/24) meets 192.168.10.7/16 on eth1',
    );
    const own = [
      {
        ifname: 'virbr7',
        flags: ['UP'],
        addr_info: [{ local: '192.168.10.1', prefixlen: 24, scope: 'global' }],
      },
    ];
    const host = hostThat({ more: own });
    host.networks.set('lab10', { active: true, autostart: false, bridge: 'virbr7' });
    expect((await on(host)).drift).toBeNull();
  });

  test('a domain of that name that is somebody else’s', async () => {
    const host = hostThat();
    host.add('router', { own: false });
    expect((await on(host)).drift).toBe("host: the domain lab_router is not this folder's");
  });
});

test('a machine that runs needs nothing more', async () => {
  const host = hostThat({ memory: 600, disk: 0, written: 0 });
  host.add('router');
  host.answers.set('vagrant --machine-readable status', {
    stdout: '1795388721,router,state,running\n',
  });
  expect((await on(host)).drift).toBeNull();
});

test('networks are those of the machines, and the one that vagrant reaches them by', () => {
  const networks = networksOf(vagrantFits.input.parse(input));
  expect([...networks]).toEqual([
    ['vagrant-libvirt', '192.168.121.0/24'],
    ['lab10', '192.168.10.200/24'],
  ]);
  expect(
    inTheWay([{ name: 'a', up: true, addresses: ['10.0.0.1/8', '::1/128'] }], '10.1.0.0/16', null),
  ).toEqual(['10.0.0.1/8 on a']);
});
