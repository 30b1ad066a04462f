import { describe, expect, test } from '@jest/globals';
import { vagrantMachine } from '../../../plugins/vagrant/machine.js';
import { parseInside } from '../../../plugins/vagrant/machine/inside.js';
import { domainOf, parseStatus } from '../../../plugins/vagrant/machine/state.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { captured } from './captures.js';
import { FakeHost, type FakeMachine } from './fake-host.js';

const place = { dir: '/srv/lab', name: 'router' };
const wanted = { ...place, addresses: ['192.168.10.200/24'], stopTimeout: '1ms' };

function situation(
  title: string,
  machine: Partial<FakeMachine> | null,
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const host = new FakeHost();
      if (machine !== null) host.add('router', machine);
      return Promise.resolve({
        target: host.target,
        input,
        snapshot: () => Promise.resolve(host.state()),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

laws(vagrantMachine, {
  cases: [
    situation('not there', null, wanted, { later: { ...place, state: 'absent' } }),
    situation('shut down', { power: 'off', reason: 'shutdown' }, wanted),
    situation('without power', { power: 'off', reason: 'destroyed' }, wanted),
    situation('saved', { power: 'saved', reason: 'saved' }, wanted),
    situation('paused', { power: 'paused', reason: 'user' }, wanted),
    situation('left half made by an up that failed', { addresses: [] }, wanted, {
      undo: 'nothing',
    }),
    situation('as wanted', {}, wanted, { finds: 'nothing' }),
    situation('to be removed', {}, { ...place, state: 'absent' }, { undo: 'irreversible' }),
    situation('gone as wanted', null, { ...place, state: 'absent' }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'an option as a machine', input: { ...place, name: '--all' } },
    { title: 'a machine in capitals', input: { ...place, name: 'Router' } },
    { title: 'a folder that is not absolute', input: { ...place, dir: 'lab' } },
    { title: 'a folder that leads elsewhere', input: { ...place, dir: '/srv/../etc' } },
    { title: 'an unknown provider', input: { ...place, provider: 'vmware' } },
    { title: 'an address without a length', input: { ...place, addresses: ['192.168.10.1'] } },
    { title: 'an unknown state', input: { ...place, state: 'halted' } },
  ],
});

describe('vagrant status', () => {
  const states = (file: string): string[] =>
    ['router', 'node1'].map((name) => parseStatus(captured(`${file}.out`), name, 'libvirt').power);

  test('tells each machine of its own', () => {
    expect(states('status-0-not-created')).toEqual(['absent', 'absent']);
    expect(states('status-1-running')).toEqual(['running', 'running']);
    expect(states('status-6-one-destroyed')).toEqual(['running', 'absent']);
    expect(parseStatus(captured('status-5-paused.out'), 'node1', 'libvirt').power).toBe('paused');
    expect(parseStatus(captured('lxc-status-crashed.out'), 'node1', 'lxc').power).toBe('off');
    expect(parseStatus(captured('lxc-status.out'), 'router', 'lxc').power).toBe('running');
  });

  test('tells a machine without power, one halted and one saved alike: so virsh is asked', () => {
    expect(states('status-2-after-crash')[1]).toBe('off');
    expect(states('status-4-halted')[1]).toBe('off');
    expect(states('status-7-saved')[1]).toBe('off');
  });

  test('that does not tell of the machine, or in an unknown word, is none', () => {
    expect(() => parseStatus('', 'router', 'libvirt')).toThrow('vagrant does not tell of router');
    expect(() => parseStatus('1,router,state,constructor\n', 'router', 'libvirt')).toThrow(
      'not known: constructor',
    );
  });
});

describe('a machine', () => {
  function on(machine: Partial<FakeMachine> | null, input: object = wanted) {
    const host = new FakeHost();
    if (machine !== null) host.add('router', machine);
    const world = { target: host.target, input, cleanup: () => Promise.resolve() };
    return { host, worker: attempt(vagrantMachine, world) };
  }

  test('is told in the words of virsh', async () => {
    const drift = async (machine: Partial<FakeMachine> | null) =>
      (await on(machine).worker.check()).drift;
    expect(await drift(null)).toBe('router does not exist');
    expect(await drift({ power: 'off', reason: 'destroyed' })).toBe(
      'router has lost its power: off (destroyed)',
    );
    expect(await drift({ power: 'off', reason: 'shutdown' })).toBe('router is off (shutdown)');
    expect(await drift({ power: 'saved', reason: 'saved' })).toBe('router is saved (saved)');
    expect(await drift({ addresses: [] })).toBe('router runs without 192.168.10.200/24');
    expect(await drift({ addresses: [], starting: true })).toBe('router is still starting');
    expect(await drift({ silent: true })).toMatch(/^router runs, but does not answer: /);
  });

  test('that runs is not proven by that: it must answer', async () => {
    const { worker, host } = on({ silent: true });
    const { before } = await worker.check();
    await worker.apply(before);
    expect((await worker.check()).drift).toMatch(/does not answer/);
    expect(host.calls.some((call) => / up | reload /.test(call))).toBe(false);
  });

  test('that is still starting is waited for: only one that has started is started anew', async () => {
    const calls = async (starting: boolean): Promise<string[]> => {
      const { worker, host } = on({ addresses: [], starting });
      await worker.apply((await worker.check()).before);
      return host.calls.filter((call) => / up | reload /.test(call));
    };
    expect(await calls(true)).toEqual([]);
    expect(await calls(false)).toHaveLength(1);
  });

  test('tells where it is reached, with which key', async () => {
    expect((await on({}).worker.check()).output).toEqual({
      name: 'router',
      power: 'running',
      reason: 'booted',
      domain: 'lab_router',
      address: '192.168.121.118',
      hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF',
      bootId: '3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d',
    });
  });

  test('of the same name that is not vagrant’s is refused, and stays', async () => {
    const { worker, host } = on({ own: false });
    await expect(worker.check()).rejects.toMatchObject({ code: 'refused', class: 'permanent' });
    await expect(worker.apply({ power: 'absent' })).rejects.toMatchObject({ code: 'refused' });
    expect(host.calls.some((call) => / up | destroy /.test(call))).toBe(false);
  });
});

test('domains are named by folder and machine, as vagrant-libvirt does', () => {
  expect(domainOf('/home/op/5w', 'k8s-ctr')).toBe('5w_k8s-ctr');
  expect(domainOf('/srv/my lab!', 'router')).toBe('mylab_router');
  expect(domainOf('/srv/lab', 'router', 'rb-')).toBe('rb-router');
});

test('what a guest prints is read by its words, whatever else is in between', () => {
  expect(parseInside('motd\nboot nonsense\n')).toBeNull();
  expect(parseInside('')).toBeNull();
  expect(parseInside('hello\r\nboot 3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d\r\nreached \r\n')).toEqual(
    {
      bootId: '3b6f1c1e-6f0a-4f5e-9a53-0a4d1a2b3c4d',
      address: null,
      hostKey: null,
      started: true,
      addresses: [],
    },
  );
});
