import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Work } from '../builder/part.js';
import { iptablesNames, iptablesPrograms } from '../image/iptables.js';
import { layOut } from '../image/layer.js';
import { copyPrograms } from '../image/programs.js';

/** Programs that run as containers; the others are only called on machines. */
const containers = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];

/** Fills a folder with the one layer of all images of a kubeadm cluster; kube-proxy is why nft and iptables are in it. */
export async function kubernetesLayer(work: Work, image: string): Promise<string> {
  await layOut(image);
  const root = join(work.built('rootfs'), 'root');
  const iptables = await iptablesPrograms(root);
  const programs = [...iptables.programs, '/usr/sbin/nft'].map((path) => ({ path }));
  await copyPrograms(work, root, image, programs, iptables.plugins);
  for (const name of iptablesNames)
    await symlink('xtables-nft-multi', join(image, 'usr/bin', name));
  const place = (part: string, name: string, at: string): Promise<void> =>
    cp(join(work.built(part), name), join(image, at, name));
  await place('kubernetes', 'hyper', 'usr/local/bin');
  for (const name of containers) await symlink('hyper', join(image, 'usr/local/bin', name));
  await place('etcd', 'etcd', 'usr/local/bin');
  await place('coredns', 'coredns', '/');
  await place('small', 'pause', '/');
  await place('small', 'whoami', '/');
  return image;
}
