import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sourceOf } from '../builder/package-root.js';
import type { Part, Work } from '../builder/part.js';
import { bootstrap, inRoot, installInto, ownArchive } from '../debian/root.js';

/** Every machine of a lab has the same packages: a router only does not start Kubernetes' units. */
const packages = `
  systemd-sysv dbus udev kmod mount procps sudo openssh-server less netbase iproute2 ifupdown
  iputils-ping tcpdump curl ca-certificates ethtool socat frr frr-pythontools python3-minimal
  nftables iptables ebtables conntrack containerd runc containernetworking-plugins
`
  .trim()
  .split(/\s+/);

/** Units that have nothing to do in a machine without disks, clock or network of its own. */
const masked = `
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer
  e2scrub_reap.service systemd-pstore.service systemd-timesyncd.service
  systemd-resolved.service systemd-networkd.service
`
  .trim()
  .split(/\s+/);

/** Started by what sets the machine up, not by every machine. */
const disabled = ['frr', 'nftables', 'containerd', 'kubelet'];
const enabled = ['node-prep', 'ssh-host-key', 'ssh'];

/** Where a lab binds `current/bin` into a machine. */
const kubernetesFolder = '/opt/kube';

/** Mode of files that are not plain 0644, by the start of their path in the root. */
const modes: Readonly<Record<string, number>> = {
  'usr/local/sbin/': 0o755,
  'etc/sudoers.d/': 0o440,
};

/** The root file system that all machines of a lab share as the lower layer of theirs. No keys, no passwords, no names. */
export const rootfs: Part = {
  name: 'rootfs',
  summary: 'root file system of the machines, of this host’s own distribution',
  needs: [],
  requires: ['root', 'debootstrap'],
  facts: ['debian'],
  recipe: { revision: 1, packages, masked, disabled, enabled },
  publishes: { rootfs: 'root' },
  measured: { seconds: 80, bytes: 460e6, peakBytes: 3e8 },
  async build(work) {
    const root = join(work.out, 'root');
    const archive = await ownArchive(work);
    await bootstrap(work, root, archive);
    await installInto(work, root, archive, packages);
    work.doing('setting up units');
    await placeFiles(sourceOf('rootfs', 'files'), root);
    await inRoot(work, root, [
      'useradd',
      '--create-home',
      '--shell=/bin/bash',
      '--uid=1000',
      'vagrant',
    ]);
    await inRoot(work, root, ['systemctl', 'mask', ...masked]);
    await inRoot(work, root, ['systemctl', 'disable', ...disabled]);
    await inRoot(work, root, ['systemctl', 'enable', ...enabled]);
    await inRoot(work, root, ['systemctl', 'set-default', 'multi-user.target']);
    for (const name of ['kubeadm', 'kubelet', 'kubectl']) {
      await symlink(join(kubernetesFolder, name), join(root, 'usr/bin', name));
    }
    await makeAnonymous(work, root);
  },
};

async function placeFiles(from: string, root: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(from.length + 1);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await cp(file, join(root, path));
    const mode = Object.entries(modes).find(([start]) => path.startsWith(start))?.[1] ?? 0o644;
    await chmod(join(root, path), mode);
  }
}

/** Takes out what must differ between machines, or is this host's: the lab places it, or systemd makes it at the first start. */
async function makeAnonymous(work: Work, root: string): Promise<void> {
  const keys = (await readdir(join(root, 'etc/ssh'))).filter((name) =>
    name.startsWith('ssh_host_'),
  );
  await Promise.all(keys.map((name) => rm(join(root, 'etc/ssh', name))));
  await rm(join(root, 'etc/hostname'), { force: true });
  await rm(join(root, 'var/lib/dbus/machine-id'), { force: true }); // systemd would take it over into every machine
  await writeFile(join(root, 'etc/machine-id'), ''); // empty: made at the first start, which still is no "first boot"
  await writeFile(join(root, 'etc/fstab'), '');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await writeFile(join(root, 'etc/resolv.conf'), '');
  await mkdir(join(root, kubernetesFolder), { recursive: true });
  await mkdir(join(root, 'etc/ssh/authorized_keys'), { recursive: true });
  await inRoot(work, root, ['ldconfig']);
}
