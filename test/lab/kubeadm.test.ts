import { describe, expect } from '@jest/globals';
import { kubeadmCluster } from '../../plugins/kubeadm/cluster.js';
import { kubeadmKubeconfig } from '../../plugins/kubeadm/kubeconfig.js';
import { kubeadmNode } from '../../plugins/kubeadm/node.js';
import type { Target } from '../../core/target.js';
import { laws } from '../laws.js';
import { attempt } from '../laws/attempt.js';
import { createLabTargets, hostsOf, lab, needsLab, until } from './kube-fixture.js';

const open = createLabTargets();
const controlPlane = hostsOf('control-plane')[0] ?? 'no-control-plane';
const spare = hostsOf('spare')[0] ?? 'no-spare';
const address = lab?.inventory.hosts[spare]?.address ?? '192.0.2.1';
const host = (name: string): Target => open(name)('apply');

async function sh(name: string, script: string): Promise<string> {
  const result = await host(name).run('sh', ['-euc', script], { sudo: true, timeout: '3m' });
  return result.stdout;
}

const asAdmin = (args: string): Promise<string> =>
  sh(controlPlane, `kubectl --kubeconfig=/etc/kubernetes/admin.conf ${args}`);

/** The spare machine as it was before kubeadm; the cluster does not know it. */
async function clear(): Promise<void> {
  await sh(
    spare,
    'kubeadm reset --force >/dev/null 2>&1; rm -rf /var/lib/runbook/kubeadm-begun /etc/kubernetes/pki/* /root/.kube /var/lib/etcd',
  );
  await asAdmin(`delete node ${spare} --ignore-not-found`);
}

/** What kubeadm makes of a machine, and what the cluster knows of it: names only. */
async function snapshot(): Promise<unknown> {
  const files = await sh(
    spare,
    'find /etc/kubernetes /var/lib/etcd /var/lib/kubelet/config.yaml /var/lib/runbook/kubeadm-begun /run -path "/run/*/*" -prune -o -type f -print 2>/dev/null | grep -v -e ^/run/ -e /pki/ -e /tmp/ | sort; ls /run | grep runbook-kubeadm || true',
  );
  const tokens = await sh(
    controlPlane,
    'kubeadm token list --output=json | grep -c runbook/ || true',
  );
  return { files, tokens, node: await asAdmin(`get node ${spare} --ignore-not-found -o name`) };
}

const lean = {
  cgroupDriver: 'cgroupfs',
  failSwapOn: false,
  failCgroupV1: false,
  localStorageCapacityIsolation: false,
};
const clusterInput = {
  nodeName: spare,
  advertiseAddress: address,
  imagePullPolicy: 'Never',
  skipPhases: ['addon/kube-proxy'],
  kubelet: lean,
};

laws(kubeadmCluster, {
  test: needsLab('control-plane', 'spare'),
  killPoints: 4,
  timeoutMs: 1_200_000,
  cases: [
    {
      title: 'a machine with nothing on it',
      arrange: async () => {
        await clear();
        return { target: open(spare), input: clusterInput, snapshot, cleanup: clear };
      },
    },
    {
      title: "the lab's own control plane as wanted",
      finds: 'nothing',
      arrange: () =>
        Promise.resolve({
          target: open(controlPlane),
          input: {
            nodeName: controlPlane,
            advertiseAddress: lab?.inventory.hosts[controlPlane]?.address ?? '',
          },
          cleanup: () => Promise.resolve(),
        }),
    },
  ],
  bad: [],
});

const nodeInput = { nodeName: spare, nodeIp: address, controlPlane, imagePullPolicy: 'Never' };
const joining = (input: object = {}) => ({
  target: open(spare),
  on: { [controlPlane]: open(controlPlane) },
  input: { ...nodeInput, ...input },
  cleanup: clear,
});

laws(kubeadmNode, {
  test: needsLab('control-plane', 'spare'),
  killPoints: 6,
  timeoutMs: 1_200_000,
  cases: [
    {
      title: 'a machine with nothing on it',
      arrange: async () => {
        await clear();
        return { ...joining(), snapshot };
      },
    },
    {
      title: 'a machine that has joined as wanted',
      finds: 'nothing',
      arrange: async () => {
        await clear();
        await attempt(kubeadmNode, joining()).apply({ joined: false, node: false });
        await until('it has reported', async () => {
          return (await attempt(kubeadmNode, joining()).check()).drift === null;
        });
        return joining();
      },
    },
  ],
  bad: [],
});

describe('joining for real', () => {
  const test = needsLab('control-plane', 'spare');

  test('a name whose kubelet lives elsewhere is refused, and nothing is touched', async () => {
    await clear();
    const other = hostsOf('nodes')[0] ?? '';
    const worker = attempt(kubeadmNode, joining({ nodeName: other }));
    expect((await worker.check()).drift).toBe(`${spare} has not joined a cluster`);
    await expect(worker.apply({ joined: false, node: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`a node ${other}, whose kubelet lives on another machine`),
    });
  }, 120_000);

  test('a control plane is never made a worker', async () => {
    const target = { ...joining({ nodeName: controlPlane }), target: open(controlPlane) };
    const found = await attempt(kubeadmNode, target).check();
    expect(found.drift).toBeNull();
    const renamed = attempt(kubeadmNode, { ...target, input: { ...nodeInput, nodeName: 'other' } });
    await expect(renamed.apply({ joined: false, node: false })).rejects.toMatchObject({
      code: 'refused',
      message: `${controlPlane} has a control plane: it does not become a worker`,
    });
  }, 120_000);

  test('a node that lost its files joins again under its node object, with its labels', async () => {
    await clear();
    await attempt(kubeadmNode, joining()).apply({ joined: false, node: false });
    await asAdmin(`label node ${spare} kept=yes`);
    await sh(spare, 'kubeadm reset --force >/dev/null 2>&1');
    const worker = attempt(kubeadmNode, joining());
    const { before, drift } = await worker.check();
    expect(before).toEqual({ joined: false, node: true });
    expect(drift).toBe(`${spare} has not joined a cluster`);
    await worker.apply(before);
    expect(await worker.verify(before)).toBeNull();
    expect(await asAdmin(`get node ${spare} -o jsonpath={.metadata.labels.kept}`)).toBe('yes');
    expect(await sh(controlPlane, 'kubeadm token list --output=json')).not.toContain('runbook/');
    await clear();
  }, 300_000);

  test('a node of another cluster is only taken when that is said', async () => {
    await clear();
    const cluster = attempt(kubeadmCluster, {
      target: open(spare),
      input: clusterInput,
      cleanup: clear,
    });
    await cluster.apply({ uid: null });
    const worker = attempt(kubeadmNode, joining());
    await expect(worker.apply({ joined: false, node: false })).rejects.toMatchObject({
      code: 'refused',
      message: `${spare} has a control plane: it does not become a worker`,
    });
    // As a worker of that other cluster it would look like this.
    await sh(spare, 'rm -rf /etc/kubernetes/manifests/* /var/lib/etcd /etc/kubernetes/admin.conf');
    expect((await worker.check()).drift).toBe(`${spare} is a node of another cluster`);
    await expect(worker.apply({ joined: false, node: false })).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('reset: true'),
    });
    const taking = attempt(kubeadmNode, joining({ reset: true }));
    await taking.apply({ joined: false, node: false });
    expect(await taking.verify({ joined: false, node: false })).toBeNull();
    await clear();
  }, 300_000);
});

laws(kubeadmKubeconfig, {
  test: needsLab('control-plane', 'spare'),
  killPoints: 4,
  timeoutMs: 300_000,
  cases: [
    '',
    'mkdir -p /root/.kube; echo "kind: Config" > /root/.kube/config; chmod 640 /root/.kube/config',
  ].map((script) => ({
    title: script === '' ? 'no file' : 'a file for something else',
    arrange: async () => {
      await sh(spare, `rm -rf /root/.kube; ${script}`);
      return {
        target: open(spare),
        on: { [controlPlane]: open(controlPlane) },
        input: { controlPlane, path: '/root/.kube/config', context: 'law' },
        snapshot: () =>
          sh(
            spare,
            'ls -l --time-style=+ /root/.kube 2>/dev/null || true; cat /root/.kube/* 2>/dev/null | sha256sum',
          ),
        cleanup: async () => {
          await sh(spare, 'rm -rf /root/.kube');
        },
      };
    },
  })),
  bad: [],
});
