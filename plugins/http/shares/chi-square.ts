/** Upper 0.1 % of the standard normal distribution. */
const z = 3.0902;

/** Pearson's statistic of counts that should be equal. */
export function chiSquare(counts: readonly number[]): number {
  const all = counts.reduce((sum, one) => sum + one, 0);
  const expected = all / counts.length;
  return counts.reduce((sum, one) => sum + (one - expected) ** 2 / expected, 0);
}

/**
 * The value that the statistic exceeds once in a thousand times where the shares are equal, by the
 * approximation of Wilson and Hilferty: within 4 % of the tables, and never below them.
 */
export function critical(groups: number): number {
  const df = groups - 1;
  if (df < 1) return 0;
  const part = 2 / (9 * df);
  return df * (1 - part + z * Math.sqrt(part)) ** 3;
}
