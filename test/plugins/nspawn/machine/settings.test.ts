import { describe, expect, test } from '@jest/globals';
import { machineInput } from '../../../../plugins/nspawn/machine/input.js';
import {
  settingsDiffer,
  settingsOf,
  volumeFolder,
  volumesOf,
} from '../../../../plugins/nspawn/machine/settings.js';

const raw = {
  name: 'k8s-w0',
  state: 'running',
  prefix: 'lab',
  dir: '/srv/lab/k8s-w0',
  layers: ['/srv/lab/layer', '/srv/root fs'],
  nics: [{ name: 'eth1', bridge: 'br20', address: '192.168.20.100/24' }],
  gateway: '192.168.20.200',
  seed: { from: '/srv/golden', to: '/var/lib/containerd' },
  volumes: ['/var/lib/kubelet'],
  binds: [
    { from: '/srv/bin', to: '/opt/kube', readOnly: true },
    { from: '/srv/data', to: '/data' },
  ],
  memory: 512,
};

function settings(more: object = {}) {
  return settingsOf(machineInput.parse({ ...raw, ...more }));
}

describe('settings of a machine', () => {
  test('are one fact a line', () => {
    expect(settings().text).toBe(`fabric lab
namespace lab-k8s-w0
group nspawn-lab/k8s-w0
hostname k8s-w0
layers /srv/lab/layer:/srv/root fs
reboot restart
nic eth1 k8s-w0-eth1 52:54:00:a8:14:64 br20 192.168.20.100/24
gateway 192.168.20.200
memory 536870912
volume var%2Flib%2Fcontainerd:/var/lib/containerd
volume var%2Flib%2Fkubelet:/var/lib/kubelet
bind-ro /srv/bin:/opt/kube
bind /srv/data:/data
`);
  });

  test('do not depend on what is wanted of the machine just now', () => {
    const { id } = settings();
    expect(settings({ state: 'stopped', force: true, stopTimeout: '5s' }).id).toBe(id);
    expect(settings({ memory: 513 }).id).not.toBe(id);
  });

  test('tell what differs', () => {
    const other = settings({ gateway: '192.168.20.1', binds: [] });
    expect(settingsDiffer(settings().text, other.text)).toBe(
      '- gateway 192.168.20.200, - bind-ro /srv/bin:/opt/kube, - bind /srv/data:/data, + gateway 192.168.20.1',
    );
    expect(settingsDiffer(other.text, other.text)).toBeNull();
    expect(settingsDiffer('', other.text)).not.toBeNull();
  });

  test('tell another order of interfaces', () => {
    const nics = [
      { name: 'eth1', bridge: 'br10', address: '10.0.0.1/24' },
      { name: 'eth2', bridge: 'br20', address: '10.0.1.1/24' },
    ];
    const one = settings({ nics });
    const other = settings({ nics: nics.toReversed() });
    expect(settingsDiffer(one.text, other.text)).toBe('another order');
  });

  test('the seed is a volume, named once', () => {
    expect(volumesOf({ volumes: ['/b', '/a'], seed: { from: '/x', to: '/a' } })).toEqual([
      '/a',
      '/b',
    ]);
    expect(volumeFolder('/var/lib/a b')).toBe('var%2Flib%2Fa%20b');
    expect(volumeFolder('/a-b')).not.toBe(volumeFolder('/a/b'));
  });
});
