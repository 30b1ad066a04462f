import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootstrap, inRoot, installInto, ownArchive } from '../../dist/labs/parts/debian/root.js';
import { hostPackages } from '../../dist/plugins/nspawn/preflight.js';

/** What a host of labs has, what Node.js needs, and a kernel with modules for a virtual machine. */
const packages = [
  ...hostPackages,
  'systemd-sysv',
  'dbus',
  'udev',
  'kmod',
  'procps',
  'libstdc++6',
  'libatomic1',
  ['linux-image-cloud-amd64', 'linux-image-virtual'],
];

/**
 * Root file system of a fresh host of this machine's own distribution.
 * @type {import('../../dist/labs/parts/builder/part.js').Part}
 */
export const host = {
  name: 'host',
  summary: 'root file system of a virtual host of labs',
  needs: [],
  requires: ['root', 'debootstrap'],
  facts: ['debian'],
  recipe: { revision: 1, packages },
  publishes: { host: 'root' },
  measured: { seconds: 100, bytes: 560e6, peakBytes: 3e8 },
  async build(work) {
    const root = join(work.out, 'root');
    const archive = await ownArchive(work);
    await bootstrap(work, root, archive);
    await installInto(work, root, archive, packages);
    await inRoot(work, root, ['systemctl', 'set-default', 'multi-user.target']);
    await writeFile(join(root, 'etc/machine-id'), '');
    await writeFile(join(root, 'etc/hostname'), 'host\n');
    await writeFile(join(root, 'etc/resolv.conf'), '');
  },
};

/** Kernel and initial file system of such a root. */
export async function kernelOf(root) {
  const names = await readdir(join(root, 'boot'));
  const [kernel, initrd] = ['vmlinuz-', 'initrd.img-'].map((start) =>
    names.find((name) => name.startsWith(start)),
  );
  if (kernel === undefined || initrd === undefined) throw new Error(`no kernel in ${root}/boot`);
  return { kernel: join(root, 'boot', kernel), initrd: join(root, 'boot', initrd) };
}
