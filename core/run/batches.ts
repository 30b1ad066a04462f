import type { ForEachStep } from '../definition/runbook.js';
import type { Run, Use } from './run.js';
import { fleetShape } from './waves.js';

/** What may be put back at the same time. */
export interface Batch<R> {
  readonly all: readonly R[];
  /** So many of them. */
  readonly atOnce: number;
}

/** The fleet that an item belongs to, and its wave; null for what is no item. */
function placeOf(
  run: Run,
  { path, indexed }: Use,
): { fleet: string; wave: number; atOnce: number } | null {
  if (run.step(path).kind !== 'item') return null;
  const items = run.record.steps.filter(
    (step) => step.kind === 'item' && step.path.startsWith(`${indexed.path}[`),
  );
  const { waves, atOnce } = fleetShape(indexed.definition as ForEachStep, items.length);
  const at = items.findIndex((step) => step.path === path);
  let through = 0;
  const wave = waves.findIndex((size) => (through += size) > at);
  return { fleet: indexed.path, wave, atOnce };
}

/**
 * What is put back one after the other, and what side by side: items of one wave of a fleet, as many at once as may
 * be at work. The newest wave comes first; all else keeps its order.
 */
export function batches<R extends { readonly use: Use }>(
  run: Run,
  order: readonly R[],
): Batch<R>[] {
  const found: { fleet: string | null; wave: number; atOnce: number; all: R[] }[] = [];
  let begins = 0;
  for (const one of order) {
    const place = placeOf(run, one.use);
    if (place === null || found.at(-1)?.fleet !== place.fleet) begins = found.length;
    const same = found
      .slice(begins)
      .find(({ fleet, wave }) => fleet !== null && fleet === place?.fleet && wave === place.wave);
    if (same === undefined) found.push({ fleet: null, wave: 0, atOnce: 1, ...place, all: [one] });
    else same.all.push(one);
    // Begun again later than its siblings, an item of an early wave still comes after those of a late one.
    const fleet = found.splice(begins).sort((a, b) => b.wave - a.wave);
    found.push(...fleet);
  }
  return found.map(({ all, atOnce }) => ({ all, atOnce }));
}

/** Works on all of a batch; false where one of them said so: then no further one is begun. */
export async function sideBySide<R>(
  { all, atOnce }: Batch<R>,
  work: (one: R) => Promise<boolean>,
): Promise<boolean> {
  const left = [...all];
  let well = true;
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = well ? left.shift() : undefined)
      if (!(await work(next))) well = false;
  };
  const lanes = Array.from({ length: Math.min(atOnce, all.length) }, lane);
  // Nothing may go on behind the back of what comes next.
  for (const result of await Promise.allSettled(lanes))
    if (result.status === 'rejected') throw result.reason;
  return well;
}
