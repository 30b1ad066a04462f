import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Work } from '../builder/part.js';
import { PartError } from '../builder/part-error.js';
import { inRoot } from '../debian/root.js';

/** A program of a root by its path there, which may be a link. */
export interface RootProgram {
  readonly path: string;
  /** Its name in the image. Default: the last part of the path. */
  readonly name?: string;
}

/**
 * Copies programs of a Debian root into an image root that is laid out: each into /usr/bin, with every library
 * it is linked with, and `plugins` (libraries that it opens by itself) in their own place. Paths are as in the root.
 */
export async function copyPrograms(
  work: Work,
  root: string,
  image: string,
  programs: readonly RootProgram[],
  plugins: readonly string[] = [],
): Promise<void> {
  const real = await realPaths(
    work,
    root,
    programs.map((program) => program.path),
  );
  for (const [index, { path, name = basename(path) }] of programs.entries()) {
    await copy(root, real[index] ?? path, image, join('/usr/bin', name));
  }
  for (const plugin of plugins) await copy(root, plugin, image, plugin);
  const libraries = await linkedLibraries(work, root, [...real, ...plugins]);
  const sources = await realPaths(work, root, libraries);
  const standard = dirname(
    libraries.find((library) => basename(library).startsWith('libc.so.')) ?? '/usr/lib/libc.so.6',
  );
  for (const [index, library] of libraries.entries()) {
    // a compiler's libraries lie in a folder beside it, which its copy in /usr/bin would not find
    const place = library.includes('/llvm-') ? join(standard, basename(library)) : library;
    await copy(root, sources[index] ?? library, image, place);
  }
}

/** Paths of the shared libraries in the output of `ldd`, the dynamic loader included; throws on one that is not found. */
export function parseLdd(output: string): readonly string[] {
  const lost = /^\s*(\S+) => not found/m.exec(output)?.[1];
  if (lost !== undefined) throw new PartError(`the library ${lost} is not in the root`);
  const found = output.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)/gm);
  return [...new Set([...found].map((match) => match[1] ?? ''))].toSorted();
}

async function linkedLibraries(
  work: Work,
  root: string,
  files: readonly string[],
): Promise<readonly string[]> {
  return parseLdd(await inRoot(work, root, ['ldd', ...files]));
}

async function realPaths(
  work: Work,
  root: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  return (await inRoot(work, root, ['readlink', '-e', ...paths])).trimEnd().split('\n');
}

async function copy(root: string, from: string, image: string, to: string): Promise<void> {
  await mkdir(dirname(join(image, to)), { recursive: true });
  await copyFile(join(root, from), join(image, to));
}
