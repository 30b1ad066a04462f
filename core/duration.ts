const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** One or more numbers with a unit, largest first by habit: `90s`, `1h30m`, `250ms`. */
export const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/**
 * Milliseconds of a duration such as `90s`, `1h30m` or `250ms`; a number is taken as milliseconds.
 * @throws RangeError when the text is not a duration.
 */
export function milliseconds(duration: string | number): number {
  if (typeof duration === 'number') return duration;
  if (!durationPattern.test(duration)) {
    throw new RangeError(
      `'${duration}' is not a duration: write it as 250ms, 90s, 10m, 1h30m or 2d`,
    );
  }
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * unitMs[unit as Unit];
  }
  return total;
}

/** A duration for people: `3ms`, `1.4s`, `25s`, `2m05s`, `1h02m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;
}
