import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from './part.js';

/** Characters of a key. 16 hex digits: 64 bits, far from any collision among a few dozen builds. */
const keyLength = 16;

/** A short sha256 over everything that determines a part's output. The order of names does not matter. */
export function keyOf(ingredients: Json): string {
  return createHash('sha256').update(canonical(ingredients)).digest('hex').slice(0, keyLength);
}

/** JSON with the names of every object in order, so that equal values give equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Sums of the files below a folder by relative path; none when there is no such folder. TypeScript and markdown are left
 * out: the code of a recipe is told by its `revision`, so that a comment does not cost a compile. */
export async function sumsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    absentIsEmpty,
  );
  const files = entries
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const sums = files.map(async (file) => {
    const sum = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    return [file.slice(folder.length + 1), sum] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

function absentIsEmpty(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
