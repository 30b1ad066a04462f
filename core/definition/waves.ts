import type { ProblemBelow } from './problem.js';
import type { Share } from './runbook.js';

/** Waves that reach no further than the one before: each in the same measure, as far as can be told. */
export function wavesProblems(waves: readonly Share[]): ProblemBelow[] {
  return waves.flatMap((wave, i) => {
    const before = waves[i - 1];
    if (before === undefined || typeof before !== typeof wave) return [];
    if (Number.parseInt(String(wave), 10) > Number.parseInt(String(before), 10)) return [];
    return [
      {
        path: [i],
        message: `a wave reaches further than the one before it: ${wave} does not after ${before}`,
        hint: 'waves tell how many items are through after each: [1, 25%, 100%]',
      },
    ];
  });
}
