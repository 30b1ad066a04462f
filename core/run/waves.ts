import type { ForEachStep, Share } from '../definition/runbook.js';

/** The arithmetic of a fleet, worked out for a number of items. */
export interface FleetShape {
  readonly total: number;
  /** Items in each wave; none is empty. */
  readonly waves: readonly number[];
  /** Items that may be at work, or parked, at the same time. */
  readonly atOnce: number;
  /** Items that may fail in each wave, and in all. */
  readonly budget: { readonly waves: readonly number[]; readonly total: number };
}

/** So many of `total`. Percentages are rounded as told: a wave takes one more, a limit one less. */
function count(share: Share, total: number, round: (value: number) => number): number {
  if (typeof share === 'number') return Math.min(share, total);
  return round((Number(share.slice(0, -1)) / 100) * total);
}

function waveSizes(waves: readonly Share[], total: number): number[] {
  const sizes: number[] = [];
  let through = 0;
  for (const share of [...waves, '100%']) {
    const reach = Math.max(through, count(share, total, Math.ceil));
    if (reach > through) sizes.push(reach - through);
    through = reach;
  }
  return sizes;
}

/** Waves, concurrency and failure budget of a `forEach` over so many items. */
export function fleetShape(
  step: Pick<ForEachStep, 'waves' | 'maxUnavailable' | 'failureBudget'>,
  total: number,
): FleetShape {
  const waves = waveSizes(step.waves ?? [], total);
  const budget = step.failureBudget ?? 0;
  const limits = typeof budget === 'object' ? budget : { total: budget };
  const inAll = count(limits.total ?? '100%', total, Math.floor);
  return {
    total,
    waves,
    // One that may have nothing at work would never come to an end.
    atOnce: Math.max(1, count(step.maxUnavailable ?? 1, total, Math.floor)),
    budget: {
      total: inAll,
      waves: waves.map((size) => Math.min(inAll, count(limits.wave ?? '100%', size, Math.floor))),
    },
  };
}

function items(n: number): string {
  return n === 1 ? '1 item' : `${n} items`;
}

/** The arithmetic in words: `12 items in 3 waves of 1, 2 and 9; at most 2 at once; none may fail`. */
export function shapeInWords({ total, waves, atOnce, budget }: FleetShape): string {
  const sizes = waves.length < 2 ? '' : ` in ${waves.length} waves of ${list(waves)}`;
  const once = Math.min(atOnce, total) === 1 ? 'one at a time' : `at most ${atOnce} at once`;
  const tighter = budget.waves.some((limit, n) => limit < Math.min(budget.total, waves[n] ?? 0));
  const fail =
    budget.total === 0
      ? 'none may fail'
      : `${budget.total} may fail${tighter ? `, in a wave ${list(budget.waves)}` : ''}`;
  return `${items(total)}${sizes}; ${once}; ${fail}`;
}

function list(numbers: readonly number[]): string {
  const last = numbers.at(-1) ?? 0;
  const rest = numbers.slice(0, -1);
  return rest.length === 0 ? String(last) : `${rest.join(', ')} and ${last}`;
}
