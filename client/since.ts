import { milliseconds } from '../core/duration.js';
import { PermanentError } from '../core/errors.js';

/** The moment that `--since` names: so long ago, or a date. @throws PermanentError `usage` */
export function momentSince(text: string): Date {
  try {
    return new Date(Date.now() - milliseconds(text));
  } catch {
    const at = Date.parse(text);
    if (Number.isFinite(at)) return new Date(at);
    throw new PermanentError(
      'usage',
      `--since takes a duration such as 2d, or a date, not '${text}'`,
    );
  }
}
