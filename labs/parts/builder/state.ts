import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cache } from './cache.js';
import { keyOf, sumsOf } from './key.js';
import { sourceOf } from './package-root.js';
import type { Facts, Part } from './part.js';

/** File in every build that says what it is. Written last. */
export const recordName = 'part.json';

export interface BuildRecord {
  readonly part: string;
  readonly key: string;
  /** RFC 3339 UTC. */
  readonly builtAt: string;
  readonly seconds: number;
  readonly bytes: number;
}

/** One part as it stands in the cache. */
export interface PartState {
  readonly part: string;
  readonly summary: string;
  /** `null` where a fact of the host is missing that the key needs. */
  readonly key: string | null;
  readonly complete: boolean;
  /** Why it is not complete; empty when it is. */
  readonly reason: string;
  /** Folder of the build, whether it exists or not; `null` without a key. */
  readonly folder: string | null;
  readonly record: BuildRecord | null;
}

/** Raised by `--rebuild`, so that a part and all that read it get new keys; kept in the part's folder once built. */
export type Generations = ReadonlyMap<string, string>;

/** Keys and completeness of all given parts, which are in order of need. Reads only. */
export async function statesOf(
  parts: readonly Part[],
  cache: Cache,
  facts: Facts,
  generations: Generations = new Map(),
): Promise<ReadonlyMap<string, PartState>> {
  const states = new Map<string, PartState>();
  for (const part of parts) {
    states.set(part.name, await stateOf(part, states, cache, facts, generations.get(part.name)));
  }
  return states;
}

async function stateOf(
  part: Part,
  before: ReadonlyMap<string, PartState>,
  cache: Cache,
  facts: Facts,
  generation: string | undefined,
): Promise<PartState> {
  const about = { part: part.name, summary: part.summary };
  const lacking = part.facts.find((fact) => facts[fact] === undefined);
  const needs = part.needs.map((name) => [name, before.get(name)?.key ?? null] as const);
  const unknown = needs.find(([, key]) => key === null);
  if (lacking !== undefined || unknown !== undefined) {
    const reason =
      lacking === 'go'
        ? 'Go is not installed'
        : lacking === 'debian'
          ? 'this is no Debian or Ubuntu'
          : `${unknown?.[0]} is not known`;
    return { ...about, key: null, complete: false, reason, folder: null, record: null };
  }
  const folders = part.sources ?? [part.name];
  const key = keyOf({
    part: part.name,
    recipe: part.recipe,
    sources: await Promise.all(
      folders.map(async (name) => ({ [name]: await sumsOf(sourceOf(name)) })),
    ),
    facts: part.facts.map((fact) => ({ ...facts[fact] })),
    needs,
    generation: generation ?? (await generationOf(cache, part.name)),
  });
  const folder = cache.build(part.name, key);
  const record = await readRecord(folder);
  const reason = record === null ? 'not built yet' : '';
  return { ...about, key, complete: record !== null, reason, folder, record };
}

/** What a finished build says of itself; `null` when there is none in that folder. */
export async function readRecord(folder: string): Promise<BuildRecord | null> {
  const text = await readFile(join(folder, recordName), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as BuildRecord);
}

/** Where a part's generation is kept. */
export function generationFile(cache: Cache, part: string): string {
  return join(cache.part(part), 'generation');
}

async function generationOf(cache: Cache, part: string): Promise<string> {
  return (await readFile(generationFile(cache, part), 'utf8').catch(() => '')).trim();
}
