/** How a thing stands. `note`: it works, and you should know; `broken`: something cannot work. */
export type CheckStatus = 'ok' | 'note' | 'broken';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly found: string;
  /** What to do about it; null where nothing is to be done. */
  readonly mend: string | null;
}

export const ok = (name: string, found: string): Check => ({
  name,
  status: 'ok',
  found,
  mend: null,
});
export const note = (name: string, found: string, mend: string): Check => ({
  name,
  status: 'note',
  found,
  mend,
});
export const broken = (name: string, found: string, mend: string): Check => ({
  name,
  status: 'broken',
  found,
  mend,
});
