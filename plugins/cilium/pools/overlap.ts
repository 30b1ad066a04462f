import { rangeOf, type Family } from '../../frr/routes/prefix.js';

/** Addresses that belong to something. */
export interface Range {
  readonly family: Family;
  readonly low: bigint;
  readonly high: bigint;
  /** What they belong to, as messages say it. */
  readonly of: string;
}

/** A block of a pool as it is written. */
export interface Block {
  readonly cidr?: string | undefined;
  readonly start?: string | undefined;
  readonly stop?: string | undefined;
}

/** The range of a prefix or address. */
export function range(prefix: string, of: string): Range {
  return { ...rangeOf(prefix), of };
}

/** The range of a block; null for one that states no addresses. */
export function blockRange({ cidr, start, stop }: Block, of: string): Range | null {
  if (cidr !== undefined) return range(cidr, of);
  if (start === undefined) return null;
  const first = rangeOf(start);
  return { family: first.family, low: first.low, high: rangeOf(stop ?? start).high, of };
}

/** What these addresses overlap with, each once. */
export function overlapping(wanted: readonly Range[], taken: readonly Range[]): string[] {
  const meets = (a: Range, b: Range): boolean =>
    a.family === b.family && a.low <= b.high && b.low <= a.high;
  const found = wanted.flatMap((one) =>
    taken.filter((other) => meets(one, other)).map((other) => `${one.of} overlaps ${other.of}`),
  );
  return [...new Set(found)];
}
