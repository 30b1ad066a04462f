/** What happens to one part of a build, as often as once a second. */
export interface Progress {
  readonly part: string;
  /** Place of the part in this run, from 1. */
  readonly position: number;
  /** Parts that this run builds. */
  readonly total: number;
  readonly state: 'building' | 'waiting' | 'done' | 'failed' | 'stopped';
  /** What is done now, such as `compiling`. */
  readonly doing: string;
  /** Since this part was begun. */
  readonly seconds: number;
  /** How long this part took where it was measured (two idle cores); an estimate, and only that. */
  readonly aboutSeconds: number;
  /** Size of the build once `done`, else 0. */
  readonly bytes: number;
  /** Where the full output goes. */
  readonly log: string;
}

/** One line: `[3/9] kubernetes: compiling (2m10s, about 9m30s)`. */
export function formatProgress(progress: Progress): string {
  const { part, position, total, state, doing, seconds, aboutSeconds, bytes } = progress;
  const head = `[${position}/${total}] ${part}:`;
  const elapsed = formatSeconds(seconds);
  if (state === 'done') return `${head} done in ${elapsed}, ${formatBytes(bytes)}`;
  if (state === 'failed' || state === 'stopped') return `${head} ${state} after ${elapsed}`;
  if (state === 'waiting') return `${head} ${doing} (${elapsed})`;
  return `${head} ${doing} (${elapsed}, about ${formatSeconds(aboutSeconds)})`;
}

/** `45s`, `2m10s`, `1h02m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${pad(Math.floor((whole % 3600) / 60))}m`;
}

/** Decimal units: `149 MB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}
