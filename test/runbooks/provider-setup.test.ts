import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { JsonObject } from '../../core/json.js';
import { makePlan } from '../../core/run/plan.js';
import { emptyRecord, MemoryRun, type FakeAction, type World } from '../engines/memory.js';

const definition = parse(
  readFileSync(new URL('../../runbooks/provider-setup.yaml', import.meta.url), 'utf8'),
) as Record<string, unknown>;

/** A change of one key of the world, wanted to be true. */
function becomes(key: (input: JsonObject) => string): FakeAction {
  return {
    impact: 'change',
    resource: key,
    drift: (world, input) => (world[key(input)] === true ? null : `${key(input)} is not there`),
    before: (world, input) => world[key(input)] ?? null,
    apply: (world, input) => {
      world[key(input)] = true;
    },
    restore: (world, input, before) => {
      if (before === null) delete world[key(input)];
      else world[key(input)] = before;
    },
  };
}

/** A condition that a key of the world speaks against. */
function holds(key: (input: JsonObject, target: string) => string): FakeAction {
  return {
    impact: 'read',
    drift: (world, input, target) => {
      const against = world[key(input, target)];
      return typeof against === 'string' ? against : null;
    },
  };
}

const actions: Readonly<Record<string, FakeAction>> = {
  'linux.package': becomes(({ name }) => `package/${String(name)}`),
  'linux.service': becomes(({ unit }) => `service/${String(unit)}`),
  'linux.command': becomes(({ resource }) => String(resource ?? 'user')),
  'libvirt.network': becomes(({ name }) => `network/${String(name)}`),
  'libvirt.usable': holds(() => 'libvirt'),
  'vagrant.usable': holds(({ provider }) => `vagrant/${String(provider)}`),
  'nspawn.usable': holds(() => 'nspawn'),
  'linux.boot': holds((_, target) => `silent/${target}`),
  'kube.nodes-healthy': { ...holds(() => 'nodes'), on: 'cluster' },
};

const defaults = {
  provider: 'libvirt',
  service: true,
  network: 'default',
  machines: [],
  nodes: 1,
};
const { name: _name, ...rest } = definition;

function start(inputs: JsonObject, world: World = {}): MemoryRun {
  return new MemoryRun(rest, { world, actions, inputs: { ...defaults, ...inputs } });
}

const changed = (run: MemoryRun): string[] =>
  run.record.steps.filter(({ outcome }) => outcome === 'changed').map(({ path }) => path);

describe('provider-setup', () => {
  test('with libvirt installs, starts and proves; the second time it changes nothing', async () => {
    const world: World = {};
    const first = start({}, world);
    expect((await first.execute()).state).toBe('succeeded');
    expect(changed(first)).toEqual([
      'packages/qemu',
      'packages/daemon',
      'packages/clients',
      'packages/dnsmasq',
      'packages/vagrant',
      'packages/plugin',
      'running',
      'network',
    ]);
    expect(Object.keys(world).filter((key) => key.startsWith('package/'))).toHaveLength(6);

    const second = start({}, world);
    expect((await second.execute()).state).toBe('succeeded');
    expect(changed(second)).toEqual([]);
  });

  test('adds nobody to a group, and starts no service, unless told', async () => {
    const world: World = {};
    await start({ service: false }, world).execute();
    expect(Object.keys(world).some((key) => /^(?:group|service)\//.test(key))).toBe(false);
    const told: World = { user: true };
    await start({ user: 'ada' }, told).execute();
    expect(told).toMatchObject({ 'group/libvirt/ada': true, 'service/libvirtd.service': true });
  });

  test('with nspawn touches nothing of libvirt', async () => {
    const world: World = {};
    const run = start({ provider: 'nspawn' }, world);
    expect((await run.execute()).state).toBe('succeeded');
    expect(changed(run)).toEqual(['containers/nspawn', 'containers/iproute', 'containers/ssh']);
  });

  test('refuses a VirtualBox that vagrant does not know, and touches nothing', async () => {
    const why = 'vagrant 2.4.7 does not know VirtualBox 7.2: that takes vagrant 2.4.9 or newer';
    const world: World = { 'vagrant/virtualbox': why };
    const run = start({ provider: 'virtualbox' }, world);
    expect(await run.execute()).toMatchObject({ state: 'refused' });
    expect(run.record.steps.find(({ path }) => path === 'virtualbox-fits')?.drift).toBe(why);
    expect(world).toEqual({ 'vagrant/virtualbox': why });

    const fits = start({ provider: 'virtualbox' });
    expect((await fits.execute()).state).toBe('succeeded');
    expect(changed(fits)).toEqual([]);
  });

  test('refuses a user that does not exist', async () => {
    const world: World = {};
    expect(await start({ user: 'nobody-here' }, world).execute()).toMatchObject({
      state: 'refused',
    });
    expect(world).toEqual({});
  });

  test('does not succeed where libvirt does not answer, and goes back to what was there', async () => {
    const world: World = { libvirt: 'libvirt does not answer', 'package/vagrant': true };
    const before = { ...world };
    const run = start({}, world);
    expect((await run.execute()).state).toBe('parked');
    expect(run.record.waitingFor.map(({ path }) => path)).toEqual(['libvirt-answers']);
    expect(run.outcomes()).toMatchObject({ network: 'changed' });
    await run.decide('undo');
    expect((await run.execute()).state).toBe('undone');
    expect(world).toEqual(before);
  });

  test('its plan only looks, and says what would change', async () => {
    const world: World = { 'package/qemu-system-x86': true };
    const run = start({}, world);
    const plan = makePlan(run.program, run.engine, emptyRecord('test', run.program.inputs));
    await run.idle();
    expect(run.requests.every(({ verb }) => verb === 'check')).toBe(true);
    const kinds = Object.fromEntries((await plan).steps.map(({ path, kind }) => [path, kind]));
    expect(kinds).toMatchObject({
      'packages/qemu': 'no-op',
      'packages/vagrant': 'change',
      network: 'change',
    });
    expect(world).toEqual({ 'package/qemu-system-x86': true });
  });
});
