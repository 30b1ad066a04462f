import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { silentLog } from '../../activities/log/silent.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import type { HostSpec } from '../../core/definition/inventory.js';
import type { Target } from '../../core/target.js';
import { openCache } from '../../labs/parts/builder/cache.js';
import { kubeadmCluster } from '../../plugins/kubeadm/cluster.js';
import { nspawnMachine } from '../../plugins/nspawn/machine.js';
import { machineNeeds, startNspawnWorld, type NspawnWorld } from '../lab/nspawn-world.js';
import { attempt } from '../laws/attempt.js';
import { needs } from '../needs.js';
import { patience } from '../patience.js';

const parts = openCache().current;
const [bin, golden] = ['bin', 'golden'].map((name) => join(parts, name)) as [string, string];

const test = needs({
  ...machineNeeds,
  // What a host has only when control groups of version 2 are all that it has.
  files: [...machineNeeds.files, golden, join(bin, 'kubelet'), '/sys/fs/cgroup/cgroup.procs'],
});

let lab: NspawnWorld | undefined;
const access = createTargetAccess({ stateDir: '/nowhere', knownHosts: null });
afterAll(async () => {
  await access.close();
  await lab?.stop();
}, 120_000 * patience);

const name = 'k8s-ctr';
const address = '192.168.10.100';

/** kubeadm init wants two processors. */
const forOneProcessor = `#!/bin/sh
[ "$1" != init ] || set -- "$@" --ignore-preflight-errors=NumCPU
exec /usr/bin/kubeadm "$@"
`;

/** The machine, by ssh as the product reaches it. */
function targetIn(world: NspawnWorld): Target {
  const key = String(world.rootfs['key']);
  const spec: HostSpec = {
    kind: 'host',
    name,
    address,
    port: 22,
    user: 'root',
    key,
    knownHosts: `${key}.known`,
    via: `netns/${world.prefix}`,
    path: [],
    cluster: null,
    taskQueue: null,
    groups: [],
    vars: {},
    machine: null,
  };
  return access.open(
    name,
    { hosts: { [name]: spec }, clusters: {}, groups: {} },
    {
      run: 'control-plane',
      step: 'step',
      verb: 'apply',
      attempt: 1,
      signal: new AbortController().signal,
      log: silentLog(),
    },
  );
}

test('a machine on a host with control groups of version 2 alone becomes a control plane', async () => {
  const world = await startNspawnWorld();
  lab = world;
  const machine = world.machine(name, `${address}/24`, {
    seed: { from: golden, to: '/var/lib/containerd' },
    volumes: ['/var/lib/kubelet'],
    binds: [{ from: bin, to: '/opt/kube', readOnly: true }],
    gateway: '192.168.10.1',
  });
  const { hostKey } = await world.bring(nspawnMachine, machine);
  writeFileSync(`${String(world.rootfs['key'])}.known`, `${address} ${String(hostKey)}\n`);
  const target = targetIn(world);
  const sh = async (script: string): Promise<string> => {
    const limit = { timeout: `${60 * patience}s`, sudo: true };
    return (await target.run('sh', ['-euc', script], limit)).stdout.trim();
  };
  expect(await sh('stat -f -c %T /sys/fs/cgroup; systemctl start containerd')).toBe('cgroup2fs');

  // The emulated host has one processor.
  await target.run(
    'sh',
    [
      '-euc',
      '[ "$(nproc)" -gt 1 ] || { cat > "$1"; chmod 755 "$1"; }',
      'put',
      '/usr/local/sbin/kubeadm',
    ],
    { input: forOneProcessor },
  );

  const cluster = attempt(kubeadmCluster, {
    target,
    input: {
      nodeName: name,
      advertiseAddress: address,
      imagePullPolicy: 'Never',
      skipPhases: ['addon/kube-proxy'],
      // kubelet insists on version 2, as it does by itself from Kubernetes 1.35 on.
      kubelet: {
        cgroupDriver: 'cgroupfs',
        failCgroupV1: true,
        failSwapOn: false,
        localStorageCapacityIsolation: false,
      },
    },
    cleanup: () => Promise.resolve(),
  });
  const { before, drift } = await cluster.check();
  expect(drift).toBe(`${name} has no control plane`);
  await cluster.apply(before);
  expect(await cluster.verify(before)).toBeNull();

  const pods = await sh('cat /sys/fs/cgroup/kubepods/burstable/pod*/*/cgroup.procs | wc -l');
  expect(Number(pods)).toBeGreaterThanOrEqual(4);
  expect(await sh('cat /sys/fs/cgroup/kubepods/cgroup.controllers')).toMatch(/cpu.* memory.* pids/);
}, 900_000);
