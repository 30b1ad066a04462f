import { readFile, readdir, rm, writeFile, mkdir, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { bootstrap, inRoot, installInto, ownArchive } from '../../dist/labs/parts/debian/root.js';

/** What a small router or node of a lab has, with a kernel of its own. */
const packages = `
  systemd-sysv dbus udev kmod procps sudo openssh-server netbase iproute2 ifupdown isc-dhcp-client
  iputils-ping initramfs-tools libnss-myhostname frr frr-pythontools python3-minimal
`
  .trim()
  .split(/\s+/);
const kernel = ['linux-image-cloud-amd64', 'linux-image-virtual'];

/** Units that cost an emulated machine seconds and do nothing in it. */
const masked = `
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer
  e2scrub_reap.service systemd-pstore.service systemd-timesyncd.service
  systemd-random-seed.service
`
  .trim()
  .split(/\s+/);

/** Files of the box's machines; what names, networks and host keys are, each machine finds at its first start. */
const files = {
  'etc/fstab': '',
  'etc/hosts': '127.0.0.1 localhost\n127.0.1.1 vagrant\n',
  'etc/hostname': 'vagrant\n',
  'etc/resolv.conf': '',
  'etc/machine-id': '',
  'etc/network/interfaces':
    'source /etc/network/interfaces.d/*\n\nauto lo\niface lo inet loopback\n\nallow-hotplug eth0\niface eth0 inet dhcp\n',
  'etc/ssh/sshd_config.d/box.conf': 'UseDNS no\nHostKey /etc/ssh/ssh_host_ed25519_key\n',
  'etc/initramfs-tools/conf.d/box': 'MODULES=list\nCOMPRESS=gzip\n',
  'etc/initramfs-tools/modules': 'virtio_pci\nvirtio_blk\next4\n',
  'etc/systemd/system/ssh-host-key.service': `[Unit]
Description=Make a host key at the first start
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -C "" -f /etc/ssh/ssh_host_ed25519_key

[Install]
WantedBy=multi-user.target
`,
};

/** Read by vagrant with every machine: it boots the kernel beside this file, since there is no boot loader on the disk. */
const vagrantfile = `Vagrant.configure('2') do |config|
  config.vm.provider 'libvirt' do |libvirt|
    libvirt.kernel = File.join(__dir__, 'vmlinuz')
    libvirt.initrd = File.join(__dir__, 'initrd')
    libvirt.cmd_line = 'root=/dev/vda rw rootfstype=ext4 console=ttyS0 net.ifnames=0 quiet mitigations=off nokaslr cryptomgr.notests audit=0 apparmor=0'
    libvirt.disk_driver cache: 'unsafe'
  end
end
`;

/**
 * A box for vagrant's libvirt provider, of this machine's own distribution: \`debian.box\`, and its kernel.
 * @type {import('../../dist/labs/parts/builder/part.js').Part}
 */
export const box = {
  name: 'box',
  summary: 'box of small virtual machines for vagrant and libvirt',
  needs: [],
  requires: ['root', 'debootstrap'],
  facts: ['debian'],
  recipe: { revision: 2, packages, kernel, masked, files, vagrantfile },
  publishes: { box: 'box' },
  measured: { seconds: 150, bytes: 400e6, peakBytes: 2e9 },
  async build(work) {
    const root = join(work.scratch, 'root');
    const archive = await ownArchive(work);
    await bootstrap(work, root, archive);
    // First the settings for its initial file system, then the kernel, which makes that.
    await installInto(work, root, archive, packages);
    await place(root);
    await installInto(work, root, archive, [kernel]);
    await login(work, root);
    await inRoot(work, root, ['systemctl', 'mask', ...masked]);
    await inRoot(work, root, ['systemctl', 'disable', 'frr']);
    await inRoot(work, root, ['systemctl', 'enable', 'ssh-host-key', 'ssh']);
    await inRoot(work, root, ['systemctl', 'set-default', 'multi-user.target']);
    await place(root);
    await pack(work, root);
  },
};

async function place(root) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** The user that vagrant logs in as, with the key that everybody knows: vagrant replaces it at the first start. */
async function login(work, root) {
  await inRoot(work, root, ['useradd', '--create-home', '--shell=/bin/bash', 'vagrant']);
  await writeFile(join(root, 'etc/sudoers.d/vagrant'), 'vagrant ALL=(ALL) NOPASSWD: ALL\n');
  await chmod(join(root, 'etc/sudoers.d/vagrant'), 0o440);
  const listed = await work.run('dpkg-query', ['--listfiles', 'vagrant']);
  const known = listed.split('\n').find((path) => path.endsWith('/keys/vagrant.pub'));
  if (known === undefined) throw new Error('vagrant brings no public key');
  const folder = join(root, 'home/vagrant/.ssh');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'authorized_keys'), await readFile(known, 'utf8'));
  await chmod(join(folder, 'authorized_keys'), 0o600);
  await chmod(folder, 0o700);
  await inRoot(work, root, ['chown', '-R', 'vagrant:vagrant', '/home/vagrant']);
  const keys = (await readdir(join(root, 'etc/ssh'))).filter((name) =>
    name.startsWith('ssh_host_'),
  );
  await Promise.all(keys.map((name) => rm(join(root, 'etc/ssh', name))));
}

async function pack(work, root) {
  const into = join(work.scratch, 'box');
  await mkdir(into);
  await mkdir(join(work.out, 'box'));
  const boot = await readdir(join(root, 'boot'));
  for (const [start, name] of [
    ['vmlinuz-', 'vmlinuz'],
    ['initrd.img-', 'initrd'],
  ]) {
    const found = boot.find((file) => file.startsWith(start));
    if (found === undefined) throw new Error(`no ${start} in the box's /boot`);
    await work.run('mv', [join(root, 'boot', found), join(into, name)]);
  }
  work.doing('making its disk');
  const raw = join(work.scratch, 'disk');
  await work.run('truncate', ['--size=2G', raw]);
  // A disk whose machine may lose its power: with a journal.
  await work.run('mkfs.ext4', ['-q', '-F', '-m', '0', '-J', 'size=16', '-d', root, raw]);
  await work.run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(into, 'box.img')]);
  const about = { provider: 'libvirt', format: 'qcow2', virtual_size: 2 };
  await writeFile(join(into, 'metadata.json'), JSON.stringify(about));
  await writeFile(join(into, 'Vagrantfile'), vagrantfile);
  await work.run('tar', ['-C', into, '-cf', join(work.out, 'box', 'debian.box'), '.']);
  await work.run('mv', [join(into, 'vmlinuz'), join(work.out, 'box', 'vmlinuz')]);
}
