import { canonical } from '../json.js';
import type { PlannedStep } from '../record.js';

/** Times and durations, which a text tells anew each time that it is written. */
const passing =
  /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|(?:\d+(?:\.\d+)? ?(?:ms|seconds?|minutes?|hours?|days?|[smhd])(?![a-z]))+/g;

/**
 * What makes a drift the same drift: its kind and the state found. A check that only reads often finds no
 * state that could be put back: then it is the text, without the times in it.
 * @param sha256 hash of a text, in hexadecimal
 */
export function identityOf(
  { kind, before, drift }: Pick<PlannedStep, 'kind' | 'before' | 'drift'>,
  sha256: (text: string) => string,
): string {
  const state = before ?? (drift ?? '').replace(passing, '#');
  return sha256(canonical({ kind, state })).slice(0, 16);
}
