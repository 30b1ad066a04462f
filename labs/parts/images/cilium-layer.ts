import { chmod, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Work } from '../builder/part.js';
import { recordName } from '../builder/state.js';
import { scripts } from '../chart/part.js';

/** The CNI plugin is not run in the container but copied to the machine, from a place of its own. */
const cniPlugin = 'cilium-cni';

/** Fills a folder with the upper layer of the Cilium image: the programs, the datapath's sources and the chart's scripts. */
export async function ciliumLayer(work: Work, image: string): Promise<string> {
  const bin = join(image, 'usr/bin');
  const cni = join(image, 'opt/cni/bin');
  const state = join(image, 'var/lib/cilium');
  for (const folder of [bin, cni, state]) await mkdir(folder, { recursive: true });
  const programs = work.built('cilium');
  for (const name of await readdir(programs)) {
    if (name !== recordName)
      await cp(join(programs, name), join(name === cniPlugin ? cni : bin, name));
  }
  await symlink('cilium-dbg', join(bin, 'cilium'));
  await cp(join(work.built('chart'), 'bpf'), join(state, 'bpf'), { recursive: true });
  for (const script of scripts.map((path) => basename(path))) {
    await cp(join(work.built('chart'), script), join(image, script));
    await chmod(join(image, script), 0o755);
  }
  return image;
}
