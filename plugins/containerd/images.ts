import type { Target } from '../../core/target.js';
import { ctr } from './ctr.js';

/** Names, one per line. */
export function namesIn(stdout: string): string[] {
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** How an image is there. */
export type Presence = 'absent' | 'incomplete' | 'ready';

/** Whether an image is there, with all its layers, and unpacked. */
export async function presenceOf(host: Target, image: string): Promise<Presence> {
  const filter = `name==${image}`;
  const ready = namesIn((await ctr(host, ['images', 'check', '--quiet', filter])).stdout);
  if (ready.includes(image)) return 'ready';
  const known = namesIn((await ctr(host, ['images', 'list', '--quiet', filter])).stdout);
  return known.includes(image) ? 'incomplete' : 'absent';
}

/** Digest that a name stands for, from the table of `ctr images list`; null where there is none. */
export function digestIn(stdout: string, image: string): string | null {
  for (const line of stdout.split('\n')) {
    const [name, , digest = ''] = line.split(/\s+/);
    if (name === image && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  }
  return null;
}

/**
 * Removes a name; before it the name by its id that the CRI gives each image, when no other is left:
 * only then containerd frees the disk. The name goes last, so that half a removal is seen.
 */
export async function remove(host: Target, image: string): Promise<void> {
  const { stdout } = await ctr(host, ['images', 'list', `name==${image}`]);
  const digest = digestIn(stdout, image);
  if (digest === null) return;
  const same = await ctr(host, ['images', 'list', '--quiet', `target.digest==${digest}`]);
  const others = namesIn(same.stdout).filter((name) => name !== image);
  const ids = others.every((name) => /^sha256:[0-9a-f]{64}$/.test(name)) ? others : [];
  await ctr(host, ['images', 'remove', '--sync', ...ids, image]);
}
