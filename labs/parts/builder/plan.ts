import type { Cache } from './cache.js';
import { inOrder, readersOf } from './order.js';
import type { Facts, Part } from './part.js';
import { statesOf } from './state.js';
import type { Generations, PartState } from './state.js';

/** What one run of the builder has to do. */
export interface Plan {
  /** All parts the run is about, in order of need. */
  readonly chosen: readonly Part[];
  /** Those of them that are not complete. */
  readonly missing: readonly Part[];
  readonly states: ReadonlyMap<string, PartState>;
  /** New generations of the parts to rebuild. */
  readonly generations: Generations;
}

/**
 * The named parts (default: all) and what they need. `rebuild` adds parts that are built although they are complete, and
 * those that read them as far as they are complete now: what was complete before is so again afterwards.
 */
export async function planBuild(
  all: readonly Part[],
  names: readonly string[],
  rebuild: readonly string[],
  cache: Cache,
  facts: Facts,
): Promise<Plan> {
  const everything = inOrder(all, namesOf(all));
  const wanted = new Set(
    names.length > 0 || rebuild.length > 0 ? [...names, ...rebuild] : namesOf(all),
  );
  if (rebuild.length > 0) {
    const before = await statesOf(everything, cache, facts);
    for (const reader of readersOf(all, rebuild)) {
      if (before.get(reader.name)?.complete) wanted.add(reader.name);
    }
  }
  const now = new Date().toISOString();
  const generations = new Map(rebuild.map((name) => [name, now]));
  const chosen = inOrder(all, [...wanted]);
  const states = await statesOf(chosen, cache, facts, generations);
  return {
    chosen,
    missing: chosen.filter((part) => !states.get(part.name)?.complete),
    states,
    generations,
  };
}

export function namesOf(parts: readonly Part[]): readonly string[] {
  return parts.map((part) => part.name);
}
