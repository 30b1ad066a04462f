import { describe, expect, test } from '@jest/globals';
import {
  describe as told,
  isCut,
  parseState,
  type Power,
} from '../../../plugins/libvirt/domain.js';
import { libvirtMachine } from '../../../plugins/libvirt/machine.js';
import { failureOf } from '../../../plugins/libvirt/virsh.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { FakeHost, type FakeMachine } from '../vagrant/fake-host.js';

const domain = 'lab_router';

function situation(
  title: string,
  power: Power,
  input: object,
  more: Partial<LawCase> = {},
  machine: Partial<FakeMachine> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const host = new FakeHost();
      host.add('router', {
        power,
        reason: power === 'running' ? 'booted' : 'shutdown',
        ...machine,
      });
      return Promise.resolve({
        target: host.target,
        input: { domain, stopTimeout: '1ms', ...input },
        snapshot: () => Promise.resolve(host.state()),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

laws(libvirtMachine, {
  cases: [
    situation(
      'off, to be started',
      'off',
      { state: 'running' },
      { later: { domain, state: 'off' } },
    ),
    situation('paused, to run', 'paused', { state: 'running' }),
    situation('saved, to run', 'saved', { state: 'running' }),
    situation('running, to shut down', 'running', { state: 'off' }),
    situation('paused, to shut down', 'paused', { state: 'off', stop: 'forced' }),
    situation(
      'running and deaf, to be forced',
      'running',
      { state: 'off', stop: 'forced' },
      {},
      { deaf: true },
    ),
    situation('running, to lose its power', 'running', { state: 'off', stop: 'cut' }),
    situation('saved, which is off', 'saved', { state: 'off' }, { finds: 'nothing' }),
    situation('running as wanted', 'running', { state: 'running' }, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'an option as a domain', input: { domain: '--all', state: 'off' } },
    { title: 'a domain with a blank', input: { domain: 'a b', state: 'off' } },
    { title: 'an unknown state', input: { domain, state: 'paused' } },
    { title: 'an unknown way to stop', input: { domain, state: 'off', stop: 'kill' } },
    { title: 'no connection', input: { domain, state: 'off', uri: '--help' } },
  ],
});

test('libvirt tells apart what vagrant calls shutoff', () => {
  expect(parseState('running (booted)\n')).toEqual({ power: 'running', reason: 'booted' });
  expect(parseState('paused (user)\n\n').power).toBe('paused');
  expect(parseState('shut off (saved)').power).toBe('saved');
  const halted = parseState('shut off (shutdown)');
  const cut = parseState('shut off (destroyed)');
  expect([halted, cut].map(isCut)).toEqual([false, true]);
  expect(told(cut)).toBe('off (destroyed)');
  expect(isCut(parseState('crashed (panicked)'))).toBe(true);
  expect(() => parseState('gone fishing')).toThrow(TypeError);
  expect(() => parseState('')).toThrow(TypeError);
});

describe('a domain', () => {
  function on(input: object, machine?: Partial<FakeMachine>) {
    const host = new FakeHost();
    if (machine !== undefined) host.add('router', machine);
    const world = {
      target: host.target,
      input: { domain, ...input },
      cleanup: () => Promise.resolve(),
    };
    return { host, worker: attempt(libvirtMachine, world) };
  }

  test('that does not hear is not cut off unless that was asked for', async () => {
    const { host, worker } = on({ state: 'off', stopTimeout: '1ms' }, { deaf: true });
    const { before, drift } = await worker.check();
    expect(drift).toBe('lab_router is running (booted) instead of off');
    await expect(worker.apply(before)).rejects.toMatchObject({
      code: 'not-settled',
      class: 'transient',
    });
    expect(host.calls.filter((call) => call.includes('destroy'))).toEqual([]);
  });

  test('is asked before its power is cut; where only a cut is wanted, it is not', async () => {
    const verbs = async (stop: string): Promise<string[]> => {
      const { host, worker } = on({ state: 'off', stop, stopTimeout: '1ms' }, { deaf: true });
      await worker.apply((await worker.check()).before);
      return host.calls
        .map((call) => call.split(' ')[4] ?? '')
        .filter((verb) => verb !== 'domstate');
    };
    expect(await verbs('forced')).toEqual(['shutdown', 'destroy']);
    expect(await verbs('cut')).toEqual(['destroy']);
  });

  test('that does not exist is refused', async () => {
    await expect(on({ state: 'running' }).worker.check()).rejects.toMatchObject({
      code: 'refused',
      class: 'permanent',
    });
  });
});

test('what no second try mends is told apart from what one may', () => {
  const fault = (stderr: string) => failureOf('host', 'start lab_router', stderr);
  expect(fault("error: failed to get domain 'nope'")).toMatchObject({
    code: 'refused',
    class: 'permanent',
    message: "host: virsh start lab_router: failed to get domain 'nope'",
  });
  expect(
    fault(
      "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
    ),
  ).toMatchObject({ code: 'check-failed', class: 'transient' });
  expect(
    fault('error: authentication unavailable: no polkit agent available to authenticate action'),
  ).toMatchObject({ code: 'refused' });
  expect(fault('error: internal error: process exited while connecting to monitor')).toMatchObject({
    code: 'action-failed',
    class: 'transient',
  });
});
