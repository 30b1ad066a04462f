import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Work } from '../builder/part.js';
import type { LayerSource } from './docker-archive.js';

/** tar options under which the same files give the same bytes, on any machine and at any time. */
export const reproducible = [
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--format=gnu',
] as const;

/** A layer made of all that is in a folder. */
export function layerOf(work: Work, folder: string): LayerSource {
  return (sink) => work.run('tar', [...reproducible, '-C', folder, '-c', '.'], { stdout: sink });
}

/** Lays out an empty image root as distributions do now: everything below /usr, the old places being links. */
export async function layOut(root: string): Promise<void> {
  const folders = [
    'usr/bin',
    'usr/lib',
    'usr/lib64',
    'usr/local/bin',
    'etc',
    'run',
    'var',
    'proc',
    'sys',
    'dev',
  ];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name));
  await symlink('usr/bin', join(root, 'sbin'));
  await symlink('bin', join(root, 'usr/sbin'));
  await symlink('../run', join(root, 'var/run'));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
}
