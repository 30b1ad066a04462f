import { isRunbookError, PermanentError, type RunbookError } from '../core/errors.js';

/** What is not seen when the time to settle is over, by the code of the error. */
const unseen = {
  'wait-timeout': 'not so',
  'not-settled': 'done, but not yet seen to be so',
  'undo-failed': 'put back, but not yet seen to be so',
} as const;
export type Unseen = keyof typeof unseen;

/** How long and how often is looked, and who is told what is still missing. */
export interface Settling {
  readonly timeoutMs: number;
  readonly everyMs: number;
  report(missing: string): void;
  /** @throws where the attempt is ended meanwhile */
  sleep(ms: number): Promise<void>;
}

/** What keeps one from looking is for a person to mend, whatever was done. */
function blind({ code, hint }: RunbookError): string {
  return `nobody could look (${code}); ${hint ?? `see docs/errors/${code}.md`}`;
}

/**
 * Looks until nothing is missing. Passing faults of a look are waited out.
 * @throws PermanentError of that code where the time is over; what a look throws that is no passing fault
 */
export async function untilSeen(
  code: Unseen,
  look: () => Promise<string | null>,
  { timeoutMs, everyMs, report, sleep }: Settling,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    let missing: string | null;
    let fault: RunbookError | null = null;
    try {
      missing = await look();
    } catch (error) {
      if (!isRunbookError(error) || error.class !== 'transient') throw error;
      fault = error;
      missing = error.message;
    }
    if (missing === null) return;
    report(missing);
    if (performance.now() + everyMs > end) {
      const message = `${unseen[code]} within ${timeoutMs / 1000} s: ${missing}`;
      throw new PermanentError(code, message, fault === null ? {} : { hint: blind(fault) });
    }
    await sleep(everyMs);
  }
}
