import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { ensureAptPackages } from '../debian/apt-packages.js';
import { parts as allParts } from '../parts.js';
import { buildPart } from './build-part.js';
import { openCache } from './cache.js';
import type { Cache } from './cache.js';
import { findFacts } from './facts.js';
import { takeLock } from './lock.js';
import { inOrder } from './order.js';
import type { Facts, Part } from './part.js';
import { namesOf, planBuild } from './plan.js';
import type { Plan } from './plan.js';
import { demandPrerequisites } from './prerequisites.js';
import type { Progress } from './progress.js';
import { publish } from './publish.js';
import { generationFile, readRecord, statesOf } from './state.js';
import type { PartState } from './state.js';

export interface BuildOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting stops every command and leaves no half part behind. */
  readonly signal?: AbortSignal;
  /** Parts to build anew although they are complete: what the distribution offers now, or a damaged cache. */
  readonly rebuild?: readonly string[];
  /** Install Debian packages that the builder runs, where they are missing. Default: name them in the error. */
  readonly installPackages?: boolean;
  /** Root of the cache. Default: see `cacheRoot`. */
  readonly cacheRoot?: string;
  /** The parts there are. Default: those of this package. */
  readonly all?: readonly Part[];
}

/**
 * Makes the named parts (default: all), and those they need, complete in the cache and publishes them under `current/`.
 * Complete ones are left alone. Throws `PartError` when the host lacks something or a part fails.
 */
export async function build(
  names: readonly string[] = [],
  options: BuildOptions = {},
): Promise<readonly PartState[]> {
  const all = options.all ?? allParts;
  const signal = options.signal ?? new AbortController().signal;
  const cache = openCache(options.cacheRoot);
  const facts = await findFacts(cache);
  const plan = await planBuild(all, names, options.rebuild ?? [], cache, facts);
  if (plan.missing.length > 0) {
    const install = (packages: readonly string[]): Promise<unknown> =>
      ensureAptPackages(packages, { signal });
    await demandPrerequisites(
      plan.missing,
      facts,
      cache.root,
      options.installPackages ? install : undefined,
    );
    await mkdir(cache.root, { recursive: true });
  }
  const umask = process.umask(0o022); // the modes of a root file system must not depend on who builds it
  try {
    for (const [index, part] of plan.missing.entries()) {
      const place = { position: index + 1, total: plan.missing.length };
      await buildOne(part, plan, cache, facts, place, signal, options.onProgress);
    }
  } finally {
    process.umask(umask);
    await publishComplete(all, cache, facts);
  }
  await rmdir(cache.goBuild('')).catch(() => {}); // another builder may be compiling there
  return [...(await statesOf(plan.chosen, cache, facts)).values()];
}

/** Under a lock, so that of two builders the one that publishes last also saw what the other one built. */
async function publishComplete(all: readonly Part[], cache: Cache, facts: Facts): Promise<void> {
  const lock = await takeLock(`${cache.current}.lock`, new AbortController().signal, () => {});
  try {
    const ordered = inOrder(all, namesOf(all));
    await publish(cache, ordered, await statesOf(ordered, cache, facts), facts);
  } finally {
    await lock.release();
  }
}

async function buildOne(
  part: Part,
  { states, generations }: Plan,
  cache: Cache,
  facts: Facts,
  place: { position: number; total: number },
  signal: AbortSignal,
  onProgress: BuildOptions['onProgress'],
): Promise<void> {
  const key = states.get(part.name)?.key;
  if (key === null || key === undefined) throw new Error(`no key for ${part.name}`);
  const folder = cache.build(part.name, key);
  const begun = Date.now();
  const now: { state: Progress['state']; doing: string } = { state: 'building', doing: 'starting' };
  const tell = (bytes = 0): void =>
    onProgress?.({
      part: part.name,
      ...place,
      ...now,
      seconds: (Date.now() - begun) / 1000,
      aboutSeconds: part.measured.seconds,
      bytes,
      log: cache.log(part.name, key),
    });
  const change = (state: Progress['state'], doing: string): void => {
    Object.assign(now, { state, doing });
    tell();
  };
  const ticker = setInterval(tell, 1000);
  try {
    await buildPart({
      part,
      key,
      cache,
      facts,
      signal,
      built: new Map(
        part.needs.map((name) => [name, cache.build(name, states.get(name)?.key ?? '')]),
      ),
      appeared: async () => (await readRecord(folder)) !== null,
      doing: (what) => change('building', what),
      waiting: (what) => change('waiting', what),
    });
    const generation = generations.get(part.name);
    if (generation !== undefined)
      await writeFile(generationFile(cache, part.name), `${generation}\n`);
    now.state = 'done';
    tell((await readRecord(folder))?.bytes);
  } catch (error) {
    now.state = signal.aborted ? 'stopped' : 'failed';
    tell();
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
