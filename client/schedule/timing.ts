import { milliseconds } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';
import { textOption, type Options } from '../command.js';
import { quoted } from '../inputs/flags.js';

/** When a schedule fires. */
export interface Timing {
  /** A cron expression, or null. */
  readonly cron: string | null;
  /** Time between two firings, ms, or null. */
  readonly everyMs: number | null;
  /** Zone in which a cron expression is meant. */
  readonly timezone: string;
  /** How late a firing that was missed may still be made up for, ms. */
  readonly catchUpMs: number;
  /** The same in the words of the command line. */
  readonly words: string;
}

/** How late a firing that was missed is made up for, unless told otherwise. */
export const usualCatchUp = '10m';
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function duration(flag: string, text: string, least: number, most: number): number {
  let ms: number;
  try {
    ms = milliseconds(text);
  } catch (error) {
    throw new PermanentError('usage', `${flag}: ${(error as Error).message}`);
  }
  if (ms >= least && ms <= most) return ms;
  throw new PermanentError('usage', `${flag} ${text}: from ${least / 1000}s to ${most / dayMs}d`);
}

/** When a command line wants a schedule to fire. @throws PermanentError `usage` */
export function timingOf(options: Options): Timing {
  const cron = textOption(options, 'cron')?.trim() ?? null;
  const every = textOption(options, 'every') ?? null;
  if ((cron === null) === (every === null)) {
    throw new PermanentError('usage', 'a schedule takes either --cron or --every', {
      hint: "--every 1h, or --cron '0 6 * * 1-5'",
    });
  }
  const timezone = textOption(options, 'timezone') ?? 'UTC';
  const catchUp = textOption(options, 'catchUp') ?? usualCatchUp;
  return {
    cron,
    everyMs: every === null ? null : duration('--every', every, minuteMs, 366 * dayMs),
    timezone,
    catchUpMs: duration('--catch-up', catchUp, 10_000, 30 * dayMs),
    words: [
      ...(cron === null ? [] : ['--cron', quoted(cron)]),
      ...(cron === null || timezone === 'UTC' ? [] : ['--timezone', quoted(timezone)]),
      ...(every === null ? [] : ['--every', every]),
      ...(catchUp === usualCatchUp ? [] : ['--catch-up', catchUp]),
    ].join(' '),
  };
}

/** Flags of ours that take a value: what stands behind them is no name of a runbook. */
const withValue = new Set([
  '--cron',
  '--every',
  '--catch-up',
  '--timezone',
  '--reason',
  '--since',
  '--target',
  '--until',
  '--project',
  '--input',
]);

/** Words of a command line that belong to no flag: what to do, the name, the runbook. */
export function plainWords(argv: readonly string[]): string[] {
  return argv.filter((word, at) => !word.startsWith('-') && !withValue.has(argv[at - 1] ?? ''));
}
