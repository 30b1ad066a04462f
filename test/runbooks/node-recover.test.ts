import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { HostSpec, Inventory } from '../../core/definition/inventory.js';
import type { JsonObject } from '../../core/json.js';
import { localHost } from '../../core/run/frame.js';
import { libvirtMachine } from '../../plugins/libvirt/machine.js';
import { MemoryRun, type FakeAction, type World } from '../engines/memory.js';

const { name: _name, ...definition } = parse(
  readFileSync(new URL('../../runbooks/node-recover.yaml', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const domain = 'lab_k8s-w0';
const uri = 'qemu+ssh://hypervisor/system';

function host(name: string, more: Partial<HostSpec>): HostSpec {
  return { ...localHost, name, address: '192.0.2.1', cluster: 'prod', ...more };
}

/** Nodes that are machines of libvirt, but for the one that nobody has said it of. */
const inventory: Inventory = {
  hosts: {
    local: localHost,
    'k8s-w0': host('k8s-w0', {
      machine: { domain, uri },
      vars: { bgpAddress: '192.168.20.100' },
    }),
    'k8s-w1': host('k8s-w1', {}),
    'k8s-ctr': host('k8s-ctr', { machine: { domain: 'lab_k8s-ctr' } }),
    router: host('router', { cluster: null }),
  },
  clusters: {
    prod: {
      kind: 'cluster',
      name: 'prod',
      kubeconfig: null,
      context: null,
      uid: null,
      controlPlane: 'k8s-ctr',
      via: null,
      path: [],
      vars: {},
      taskQueue: null,
    },
  },
  groups: {
    nodes: ['k8s-w0', 'k8s-w1', 'k8s-ctr'],
    'control-plane': ['k8s-ctr'],
    routers: ['router'],
  },
};

const power = (input: JsonObject): string => `power/${String(input['domain'])}`;

/** A condition that a key of the world speaks against. */
function holds(key: string, on: 'host' | 'cluster', output: JsonObject = {}): FakeAction {
  return {
    impact: 'read',
    on,
    drift: (world) => {
      const against = world[key];
      return typeof against === 'string' ? against : null;
    },
    output: () => output,
  };
}

/** With the input as the real one takes it, and the power of a domain as a key of the world. */
const machine: FakeAction = {
  impact: 'disrupt',
  resource: power,
  drift: (world, input) => {
    const wanted = libvirtMachine.input.parse(input);
    expect(wanted.uri).toBe(uri);
    const found = String(world[power(input)]);
    return found === wanted.state
      ? null
      : `${wanted.domain} is ${found} instead of ${wanted.state}`;
  },
  before: (world, input) => world[power(input)] ?? null,
  apply: (world, input) => {
    const wanted = libvirtMachine.input.parse(input);
    // A machine that hangs hears no request.
    if (wanted.state === 'off' && wanted.stop !== 'forced')
      throw new Error('it does not shut down');
    world[power(input)] = wanted.state;
    if (wanted.state === 'off') world['patience'] = wanted.stopTimeout;
  },
  restore: (world, input, before) => {
    world[power(input)] = before;
  },
};

const actions: Readonly<Record<string, FakeAction>> = {
  'libvirt.machine': machine,
  'nspawn.machine': holds('nspawn', 'host'),
  'linux.silent': holds('answers', 'host'),
  'kube.node-down': holds('lives', 'cluster'),
  'linux.boot': holds('unreachable', 'host', { bootId: 'b2' }),
  'kube.node-ready': holds('not-ready', 'cluster'),
  'cilium.agent-ready': holds('agent', 'cluster'),
  'frr.bgp-established': holds('session', 'host'),
  'cilium.pod-networks': holds('pods', 'cluster', { prefixes: ['172.20.2.0/24'] }),
  'frr.routes-present': holds('routes', 'host'),
  'linux.boot-settings': holds('settings', 'host'),
  'kube.pods-settled': holds('unsettled', 'cluster'),
};

function start(world: World, inputs: JsonObject = {}): MemoryRun {
  return new MemoryRun(definition, {
    world,
    actions,
    inventory,
    inputs: { node: 'k8s-w0', hung: false, patience: '20s', ...inputs },
  });
}

describe('node-recover of a machine of libvirt', () => {
  test('starts the domain that is off, and asks no other provider', async () => {
    const run = start({ [`power/${domain}`]: 'off' });
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.world[`power/${domain}`]).toBe('running');
    expect(run.outcomes()).toMatchObject({
      'domain-is-off': 'unchanged',
      off: 'skipped',
      'domain-off': 'unchanged',
      started: 'skipped',
      'domain-started': 'changed',
      settled: 'unchanged',
    });
    expect(run.requests.map(({ action }) => action)).not.toContain('nspawn.machine');
  });

  test('refuses one that runs, says libvirt, and touches nothing', async () => {
    const run = start({ [`power/${domain}`]: 'running' });
    expect((await run.execute()).state).toBe('refused');
    expect(run.record.steps.find(({ path }) => path === 'domain-is-off')?.drift).toBe(
      `${domain} is running instead of off`,
    );
    expect(run.requests.every(({ verb }) => verb === 'check')).toBe(true);
  });

  test('that hangs: a person approves, it is asked for the time that was given, then cut, then started', async () => {
    const run = start({ [`power/${domain}`]: 'running' }, { hung: true, patience: '30s' });
    const waiting = await run.execute();
    expect(waiting.waitingFor.map(({ path }) => path)).toEqual(['may-be-forced']);
    expect(run.world['patience']).toBeUndefined();
    await run.decide('approve');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.world).toMatchObject({ [`power/${domain}`]: 'running', patience: 30_000 });
    expect(run.outcomes()).toMatchObject({ 'domain-off': 'changed', 'domain-started': 'changed' });
  });

  test('that does not come up is parked; undone, it is off as it was found', async () => {
    const run = start({ [`power/${domain}`]: 'off', 'not-ready': 'k8s-w0 is not Ready' });
    expect((await run.execute()).state).toBe('parked');
    expect(run.world[`power/${domain}`]).toBe('running');
    await run.decide('undo');
    expect((await run.execute()).state).toBe('undone');
    expect(run.world[`power/${domain}`]).toBe('off');
  });

  test('whose provider the inventory does not tell is refused before anything is touched', async () => {
    const run = start({}, { node: 'k8s-w1' });
    const { state, steps } = await run.execute();
    expect(state).toBe('refused');
    expect(steps.find(({ path }) => path === 'domain-is-off')?.failure).toMatchObject({
      code: 'expression-failed',
      message: expect.stringContaining('inventory.hosts[inputs.node].machine'),
    });
    expect(run.requests.every(({ verb }) => verb === 'check')).toBe(true);
  });
});
