import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of this package: the nearest parent of this module that holds a package.json. The same from the sources, from
 * `dist/` of a checkout and from an installed package.
 */
export function packageRoot(from: string = fileURLToPath(import.meta.url)): string {
  let folder = dirname(from);
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json in any parent folder of ${from}`);
    folder = parent;
  }
  return folder;
}

/** Data of a part (Go module, files for a root): a path below `labs/parts/<part>` in the package. */
export function sourceOf(part: string, ...path: readonly string[]): string {
  return join(packageRoot(), 'labs', 'parts', part, ...path);
}
