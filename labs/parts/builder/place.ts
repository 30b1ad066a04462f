import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Name of the temporary folders; none of them is ever taken for a build. */
const unfinished = '.building-';

/** A temporary folder beside the builds of a part. */
export interface Place {
  /** Becomes the build. */
  readonly out: string;
  readonly scratch: string;
  /** Makes `out` the build at `target`, in one rename, its content on disk first. */
  finish(target: string): Promise<void>;
  /** Removes what is left. */
  remove(): Promise<void>;
}

/** Opens a temporary folder, after removing those that dead builders left. The caller holds the part's lock, so any is dead. */
export async function openPlace(partFolder: string): Promise<Place> {
  await mkdir(partFolder, { recursive: true });
  for (const name of await readdir(partFolder)) {
    if (name.startsWith(unfinished)) await removeTree(join(partFolder, name));
  }
  const folder = join(partFolder, `${unfinished}${process.pid}`);
  const out = join(folder, 'out');
  const scratch = join(folder, 'scratch');
  await mkdir(out, { recursive: true });
  await mkdir(scratch);
  return {
    out,
    scratch,
    finish: async (target) => {
      await execa('sync', ['--file-system', out], { reject: false }); // macOS has no such option
      await rename(out, target);
    },
    remove: () => removeTree(folder),
  };
}

/** Removes a folder, but never crosses into something mounted below it. */
export async function removeTree(folder: string): Promise<void> {
  const options = process.platform === 'linux' ? ['--one-file-system'] : [];
  await execa('rm', ['-rf', ...options, '--', folder]);
}
