import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '../builder/part.js';
import { installInto, ownArchive } from '../debian/root.js';
import { copyPrograms } from '../image/programs.js';
import { iptablesNames, iptablesPrograms } from '../image/iptables.js';
import { layOut } from '../image/layer.js';

/** Cilium compiles its datapath with LLVM 19; other versions are taken where the distribution lacks it. */
const packages = [['clang-19', 'clang-20', 'clang-18', 'clang'], 'ipset'];

/** What the agent, its init containers and its lifecycle hooks call. */
const programs = `
  bash cat cp mv rm ln ls mkdir rmdir sleep chmod chown touch date env head tail dirname
  basename readlink true false stat tr sort uname mktemp id sed grep mawk find mount umount
  mountpoint nsenter hostname ps curl ip ss kmod
`
  .trim()
  .split(/\s+/)
  .map((name) => `/usr/bin/${name}`);
const adminPrograms = ['sysctl', 'tc', 'ipset'].map((name) => `/usr/sbin/${name}`);

/** The first layer of the Cilium image: clang and the tools of a small system, taken from a root of this distribution. */
export const ciliumTools: Part = {
  name: 'cilium-tools',
  summary: 'clang and the tools that Cilium’s image holds',
  needs: ['rootfs'],
  requires: ['root'],
  facts: ['debian'],
  recipe: { revision: 1, packages, programs, adminPrograms },
  publishes: {},
  measured: { seconds: 60, bytes: 260e6, peakBytes: 1.6e9 },
  async build(work) {
    const root = join(work.scratch, 'root');
    const image = join(work.out, 'root');
    work.doing('copying the root file system');
    await work.run('cp', ['-a', join(work.built('rootfs'), 'root'), root]);
    await installInto(work, root, await ownArchive(work), packages);
    work.doing('collecting programs and libraries');
    await layOut(image);
    const iptables = await iptablesPrograms(root);
    const wanted = [...programs, ...adminPrograms, ...iptables.programs].map((path) => ({ path }));
    await copyPrograms(work, root, image, [...wanted, await findClang(root)], iptables.plugins);
    for (const name of iptablesNames)
      await symlink('xtables-nft-multi', join(image, 'usr/bin', name));
    await symlink('bash', join(image, 'usr/bin/sh'));
    await symlink('mawk', join(image, 'usr/bin/awk'));
    for (const name of ['modprobe', 'lsmod']) await symlink('kmod', join(image, 'usr/bin', name));
  },
};

/** Debian names the compiler by its version; the agent calls it `clang`. */
async function findClang(root: string): Promise<{ path: string; name: string }> {
  const names = await readdir(join(root, 'usr/bin'));
  const found = names.find((name) => /^clang-\d+$/.test(name)) ?? 'clang';
  return { path: join('/usr/bin', found), name: 'clang' };
}
