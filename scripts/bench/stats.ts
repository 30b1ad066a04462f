/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Numbers in [0, 1) that are the same in every run: intervals do not change when they are printed again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A ratio with the interval that holds it, as far as the rounds tell. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;

/**
 * Ratio of the medians of two series that were measured in the same rounds, with the bootstrap 95 %
 * interval: whole rounds are drawn again, since what disturbs one side of a round disturbs the other.
 */
export function ratio(over: readonly number[], under: readonly number[]): Ratio {
  const random = seeded(20_261_124);
  const rounds = Math.min(over.length, under.length);
  const drawn = Array.from({ length: resamples }, () => {
    const at = Array.from({ length: rounds }, () => Math.floor(random() * rounds));
    const of = (series: readonly number[]): number =>
      median(at.map((i) => series[i] ?? Number.NaN));
    return of(over) / of(under);
  }).sort((a, b) => a - b);
  return {
    value: median(over) / median(under),
    low: drawn[Math.floor(resamples * 0.025)] ?? Number.NaN,
    high: drawn[Math.ceil(resamples * 0.975) - 1] ?? Number.NaN,
  };
}
