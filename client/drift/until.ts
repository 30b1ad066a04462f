import { milliseconds } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';

const dayMs = 24 * 3600 * 1000;
/** The longest that drift may be accepted without somebody saying so again. */
const longestDays = 366;

/** The moment that a text names: so long from now, or a date, which means its end in UTC. */
function momentOf(text: string, now: number): number {
  try {
    return now + milliseconds(text);
  } catch {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : Number.NaN;
    // A day that no calendar has, such as 2026-02-30, is read as one of the next month.
    const read = Number.isNaN(at) ? '' : new Date(at).toISOString();
    return read.startsWith(text) ? at : Number.NaN;
  }
}

/** Until when `--until` means. @throws PermanentError `usage` */
export function untilOf(text: string | undefined, now: Date): Date {
  if (text === undefined) {
    throw new PermanentError('usage', 'accept takes --until: a duration or a date', {
      hint: '--until 7d, or --until 2026-12-24 for the end of that day, UTC',
    });
  }
  const at = momentOf(text, now.getTime());
  if (Number.isNaN(at)) {
    throw new PermanentError(
      'usage',
      `--until takes a duration such as 7d, or a date such as 2026-12-24, not '${text}'`,
    );
  }
  if (at <= now.getTime()) throw new PermanentError('usage', `--until ${text} is over`);
  if (at > now.getTime() + longestDays * dayMs)
    throw new PermanentError('usage', `--until ${text}: ${longestDays}d at most`);
  return new Date(at);
}
