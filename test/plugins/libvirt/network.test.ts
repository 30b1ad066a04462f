import { expect, test } from '@jest/globals';
import { libvirtNetwork, parseNetwork } from '../../../plugins/libvirt/network.js';
import { attempt } from '../../laws/attempt.js';
import { laws, type LawCase } from '../../laws.js';
import { FakeHost } from '../vagrant/fake-host.js';

function situation(
  title: string,
  active: boolean,
  autostart: boolean,
  input: object,
  more: Partial<LawCase> = {},
): LawCase {
  return {
    title,
    arrange: () => {
      const host = new FakeHost();
      host.networks.set('default', { active, autostart });
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

laws(libvirtNetwork, {
  cases: [
    situation('as a package brings it', false, false, {}, { later: { active: false } }),
    situation('up, but not by itself', true, false, {}),
    situation('to be down', true, true, { active: false, autostart: false }),
    situation('as wanted', true, true, {}, { finds: 'nothing' }),
  ],
  bad: [
    { title: 'an option as a network', input: { name: '--all' } },
    { title: 'a network with a blank', input: { name: 'a b' } },
    { title: 'neither up nor down', input: { active: 'yes' } },
  ],
});

test('net-info is read by its keys', () => {
  const info =
    'Name:           default\nUUID:           c42a099d-6668-49de-9a55-f04523effcba\nActive:         no\nPersistent:     yes\nAutostart:      no\nBridge:         virbr0\n\n';
  expect(parseNetwork(info)).toEqual({
    active: false,
    autostart: false,
    persistent: true,
    bridge: 'virbr0',
  });
  expect(() => parseNetwork('')).toThrow(TypeError);
});

test('a network that does not exist is refused', async () => {
  const world = { target: new FakeHost().target, input: {}, cleanup: () => Promise.resolve() };
  await expect(attempt(libvirtNetwork, world).check()).rejects.toMatchObject({
    code: 'refused',
    class: 'permanent',
  });
});
