import {
  copyFile,
  link,
  lstat,
  mkdir,
  readlink,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Cache } from './cache.js';
import { manifestName } from './facts.js';
import type { Manifest } from './facts.js';
import { keyOf } from './key.js';
import type { Facts, Part } from './part.js';
import { PartError } from './part-error.js';
import { removeTree } from './place.js';
import type { PartState } from './state.js';

/**
 * Points `current` at the complete builds: a view folder of links, made aside and swapped in by one rename. The same builds
 * give the same view, so nothing happens when nothing changed. Older views stay, since a running lab may have them mounted.
 */
export async function publish(
  cache: Cache,
  parts: readonly Part[],
  states: ReadonlyMap<string, PartState>,
  facts: Facts,
): Promise<void> {
  const complete = parts.filter((part) => states.get(part.name)?.complete);
  const keys = Object.fromEntries(
    complete.map((part) => [part.name, states.get(part.name)?.key ?? '']),
  );
  const links = complete.map((part) => ({ [part.name]: part.publishes }));
  const view = join(cache.views, keyOf({ keys, links }));
  if ((await target(cache.current)) === view) return;
  if (!(await exists(view))) await fillView(view, cache, complete, { facts, keys });
  const next = `${cache.current}.${process.pid}`;
  await rm(next, { force: true });
  await symlink(relative(dirname(cache.current), view), next);
  await rename(next, cache.current).catch((cause: unknown) => {
    throw new PartError(`cannot replace ${cache.current}`, {
      hint: 'it should be a symbolic link made by this program: move it away and build again',
      cause,
    });
  });
}

async function fillView(
  view: string,
  cache: Cache,
  parts: readonly Part[],
  manifest: Manifest,
): Promise<void> {
  const draft = `${view}.${process.pid}`;
  await removeTree(draft);
  await mkdir(draft, { recursive: true });
  for (const part of parts) {
    const build = cache.build(part.name, manifest.keys[part.name] ?? '');
    for (const [at, from] of Object.entries(part.publishes)) {
      await mkdir(dirname(join(draft, at)), { recursive: true });
      await put(join(build, from), join(draft, at), join(view, at));
    }
  }
  await writeFile(join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(draft, view);
}

/** Files as hard links, so that a folder of them can be bound into a machine; folders as relative symbolic links. */
async function put(from: string, at: string, finalPlace: string): Promise<void> {
  const stat = await lstat(from);
  if (stat.isSymbolicLink()) await symlink(await readlink(from), at);
  else if (stat.isDirectory()) await symlink(relative(dirname(finalPlace), from), at);
  else await link(from, at).catch(() => copyFile(from, at)); // a cache on a file system without hard links
}

/** Removes builds, views and logs that `current` does not name. Not for use while a lab made of them runs. */
export async function prune(
  cache: Cache,
  parts: readonly Part[],
  states: ReadonlyMap<string, PartState>,
): Promise<void> {
  const view = basename((await target(cache.current)) ?? '');
  await removeOthers(cache.views, (name) => name === view);
  for (const part of parts) {
    const key = states.get(part.name)?.key;
    await removeOthers(
      cache.part(part.name),
      (name) => name === key || !/^[0-9a-f]{16}$/.test(name),
    );
  }
}

async function removeOthers(folder: string, keep: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!keep(name)) await removeTree(join(folder, name));
  }
}

async function target(symbolicLink: string): Promise<string | undefined> {
  const path = await readlink(symbolicLink).catch(() => undefined);
  return path === undefined ? undefined : join(dirname(symbolicLink), path);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
