/** A failure that a person has to act upon: what failed, where and why in `message`, what to do next in `hint`. */
export class PartError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'PartError';
    this.hint = options.hint;
  }
}
