import { InDoubtError, isRunbookError, PermanentError, type RunbookError } from '../core/errors.js';
import { excerpt } from '../core/excerpt.js';
import { endOf } from './targets/leftovers.js';
import type { Leftover, Once } from './targets/operation.js';

/** Errors of a command after which nobody knows what it has done. */
const unknownEnds: ReadonlySet<string> = new Set([
  'unreachable',
  'command-timeout',
  'log-unwritable',
  'internal',
]);

/** What is known of an effect that must not happen twice. */
export class Known implements Once {
  readonly #left: Leftover[] = [];
  readonly #report: (drift: string) => void;
  readonly leaves: () => boolean;
  #asked = false;
  #begun = false;

  constructor(report: (drift: string) => void, leaves: () => boolean) {
    this.#report = report;
    this.leaves = leaves;
  }

  asked(): void {
    this.#asked = true;
  }

  begun(): void {
    this.#begun = true;
  }

  waits(left: Leftover): void {
    this.#report(`${left.target}: ${endOf(left)}; it is waited for`);
  }

  found(left: Leftover): void {
    this.#left.push(left);
  }

  /** True where all that an attempt before had begun has ended well. */
  get endedWell(): boolean {
    return this.#left.length > 0 && this.#left.every(({ code }) => code === 0);
  }

  /**
   * What an apply has failed with: the error to be told, since what is passing would have it done again; or, where
   * nobody knows what it has done, why.
   */
  judged(error: unknown): { readonly told: unknown } | { readonly unknown: RunbookError } {
    if (!isRunbookError(error) || error.class !== 'transient') return { told: error };
    // Where it runs commands, and none has begun, nothing has happened.
    if (this.#asked && !this.#begun) return { told: error };
    if (unknownEnds.has(error.code)) return { unknown: error };
    const told = new PermanentError(error.code, error.message, {
      hint: `It is not tried again by itself, since it must not happen twice. ${error.hint ?? ''}`.trim(),
      cause: error,
    });
    return { told };
  }

  /** The error for an effect of which nobody knows. */
  inDoubt(what: string, drift: string, cause?: RunbookError): InDoubtError {
    const facts = this.#left.map(
      (left) =>
        `on ${left.target} ${endOf(left)}${left.printed === '' ? '' : `: ${excerpt(lastLine(left.printed), 200)}`}`,
    );
    const nothing = cause === undefined ? 'nothing of it was found' : excerpt(cause.message, 300);
    const known = facts.length === 0 ? nothing : facts.join('; ');
    return new InDoubtError(
      'in-doubt',
      `${what} must not happen twice, and nobody knows whether it did: ${excerpt(drift, 300)} (${known})`,
      {
        hint: 'Find out whether it happened: the log has what is known. Then confirm, or retry to do it again.',
        ...(cause === undefined ? {} : { cause }),
      },
    );
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
