/** What the rest of the package uses of the lab builder. */
import { openCache } from './builder/cache.js';
import { findFacts } from './builder/facts.js';
import { inOrder } from './builder/order.js';
import { statesOf } from './builder/state.js';
import type { PartState } from './builder/state.js';
import { parts as allParts } from './parts.js';

export { build } from './builder/build.js';
export type { BuildOptions } from './builder/build.js';
export { cacheRoot, openCache } from './builder/cache.js';
export { PartError } from './builder/part-error.js';
export { builderPackages, findLacks } from './builder/prerequisites.js';
export { formatProgress } from './builder/progress.js';
export type { Progress } from './builder/progress.js';
export { progressView } from './builder/progress-view.js';
export type { PartState } from './builder/state.js';
export { ensureAptPackages, missingPackages } from './debian/apt-packages.js';
export type { ListedImage } from './images/part.js';

/** How the named parts (default: all), and those they need, stand in the cache. Reads only; takes a fraction of a second. */
export async function check(
  names: readonly string[] = [],
  options: { cacheRoot?: string } = {},
): Promise<readonly PartState[]> {
  const wanted = names.length > 0 ? names : allParts.map((part) => part.name);
  const cache = openCache(options.cacheRoot);
  const states = await statesOf(inOrder(allParts, wanted), cache, await findFacts(cache));
  return [...states.values()];
}
