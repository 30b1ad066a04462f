/**
 * How long the calls of a probe took: a histogram, and their course over time. Both stay small however
 * long a probe runs, and those of two attempts can be put together.
 */
export interface Timing {
  /** Answered calls per bucket, as pairs of bucket and number; see {@link bucketOf}. */
  readonly buckets: readonly (readonly [bucket: number, calls: number])[];
  /** Calls per cell of the course; the last cell may have fewer. */
  readonly each: number;
  /** Calls in the last cell. */
  readonly last: number;
  /** Slowest answered call of each cell in ms; 0 where none was answered. */
  readonly worstMs: readonly number[];
  /** Failed calls of each cell. */
  readonly lost: readonly number[];
}

/** Cells of a course: as many characters of a plot. */
const maxCells = 40;

/** Buckets grow by a fifth, so that a percentile is right within that. */
const growth = 1.2;

/** Nothing has been called yet. */
export const noTiming: Timing = { buckets: [], each: 1, last: 0, worstMs: [], lost: [] };

function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(ms) / Math.log(growth));
}

/** The longest time that a bucket holds, in ms. */
function topOf(bucket: number): number {
  return Math.round(growth ** bucket);
}

function counted(
  buckets: Timing['buckets'],
  more: Timing['buckets'],
): readonly (readonly [number, number])[] {
  const sums = new Map<number, number>();
  for (const [bucket, calls] of [...buckets, ...more]) {
    sums.set(bucket, (sums.get(bucket) ?? 0) + calls);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/** Two cells become one. */
function halved(timing: Timing): Timing {
  const pairs = <T>(cells: readonly T[], join: (a: T, b: T) => T): T[] =>
    cells.flatMap((cell, at) => {
      if (at % 2 === 1) return [];
      const next = cells[at + 1];
      return [next === undefined ? cell : join(cell, next)];
    });
  const odd = timing.worstMs.length % 2 === 1;
  return {
    ...timing,
    each: timing.each * 2,
    last: odd ? timing.last : timing.each + timing.last,
    worstMs: pairs(timing.worstMs, Math.max),
    lost: pairs(timing.lost, (a, b) => a + b),
  };
}

/** With one more call: its time in ms, or null where it failed. */
export function withCall(timing: Timing, ms: number | null): Timing {
  const fresh = timing.worstMs.length === 0 || timing.last >= timing.each;
  if (fresh && timing.worstMs.length >= maxCells) return withCall(halved(timing), ms);
  const worstMs = fresh ? [...timing.worstMs, 0] : [...timing.worstMs];
  const lost = fresh ? [...timing.lost, 0] : [...timing.lost];
  const at = worstMs.length - 1;
  if (ms === null) lost[at] = (lost[at] ?? 0) + 1;
  else worstMs[at] = Math.max(worstMs[at] ?? 0, Math.round(ms));
  const one = ms === null ? [] : [[bucketOf(ms), 1] as const];
  return {
    buckets: counted(timing.buckets, one),
    each: timing.each,
    last: fresh ? 1 : timing.last + 1,
    worstMs,
    lost,
  };
}

/** The calls of one, and then those of another. */
export function joined(first: Timing, second: Timing): Timing {
  if (first.worstMs.length === 0) return second;
  if (second.worstMs.length === 0) return first;
  let [a, b] = [first, second];
  while (a.each < b.each) a = halved(a);
  while (b.each < a.each) b = halved(b);
  let both: Timing = {
    buckets: counted(a.buckets, b.buckets),
    each: a.each,
    last: b.last,
    worstMs: [...a.worstMs, ...b.worstMs],
    lost: [...a.lost, ...b.lost],
  };
  while (both.worstMs.length > maxCells) both = halved(both);
  return both;
}

/** The time within which a part of the answered calls was done, such as 0.99; null where none was answered. */
export function percentile(timing: Timing, part: number): number | null {
  const all = timing.buckets.reduce((sum, [, calls]) => sum + calls, 0);
  let seen = 0;
  for (const [bucket, calls] of timing.buckets) {
    seen += calls;
    if (seen >= part * all) return topOf(bucket);
  }
  return null;
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * The course as one line: a bar per cell, as high as its slowest call, on a scale of powers up to the
 * slowest of all; `×` where calls failed.
 */
export function plot({ worstMs, lost }: Timing): string {
  const highest = Math.log(Math.max(2, ...worstMs));
  return worstMs
    .map((ms, at) => {
      if ((lost[at] ?? 0) > 0) return '×';
      const height = Math.floor((Math.log(Math.max(1, ms)) / highest) * bars.length);
      return bars[Math.min(bars.length - 1, height)];
    })
    .join('');
}
