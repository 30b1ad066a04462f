import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where parts are kept: `$RUNBOOK_CACHE_DIR`, else `$XDG_CACHE_HOME/runbook`, else `~/.cache/runbook`. Always absolute; a
 * relative XDG path is ignored, as the XDG base directory specification asks.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['RUNBOOK_CACHE_DIR'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'runbook');
  return join(env['HOME'] || homedir(), '.cache', 'runbook');
}

/** Paths inside the cache. Every part has a folder of its own; a build of it is `<part>/<key>/`. */
export interface Cache {
  /** The cache itself. */
  readonly root: string;
  /** Folder of one part: its builds, its lock, its temporary folders. */
  part(name: string): string;
  /** One finished build of a part. Exists only when complete. */
  build(name: string, key: string): string;
  /** Full output of the last build of this part and key. */
  log(name: string, key: string): string;
  /** The Go build cache of a part that is being compiled; deleted when the part is complete. */
  goBuild(name: string): string;
  /** Hard links and symbolic links to the builds in use, swapped as a whole. */
  readonly current: string;
  readonly views: string;
}

export function openCache(root: string = cacheRoot()): Cache {
  const parts = join(root, 'parts');
  return {
    root,
    part: (name) => join(parts, name),
    build: (name, key) => join(parts, name, key),
    log: (name, key) => join(parts, 'logs', `${name}-${key}.log`),
    goBuild: (name) => join(root, 'go-build', name),
    current: join(parts, 'current'),
    views: join(parts, '.views'),
  };
}
