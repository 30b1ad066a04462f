/** One thing that is measured. A way to do the work, ours or a peer's. */
export interface Variant {
  readonly name: string;
  /** Does the work once and answers what is measured: milliseconds, unless the benchmark says otherwise. */
  once(): Promise<number>;
}

/** What was measured: one value per round, by the variant's name. */
export type Series = Readonly<Record<string, readonly number[]>>;

/**
 * Measures all variants in turn, round after round, each round beginning with another one: what disturbs
 * the machine meanwhile disturbs all of them alike. One round before is not counted.
 */
export async function interleaved(
  variants: readonly Variant[],
  rounds: number,
  say: (text: string) => void,
): Promise<Series> {
  const series: Record<string, number[]> = Object.fromEntries(
    variants.map(({ name }) => [name, []]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    const first = round % variants.length;
    for (const variant of [...variants.slice(first), ...variants.slice(0, first)]) {
      const value = await variant.once();
      if (round > 0) series[variant.name]?.push(value);
    }
  }
  return series;
}

/** Series of the difference of two others, divided: the slope between a small and a large run. */
export function slope(
  small: readonly number[] = [],
  large: readonly number[] = [],
  steps: number,
): number[] {
  return small.map((value, round) => ((large[round] ?? Number.NaN) - value) / steps);
}
