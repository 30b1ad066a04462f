/** A decision that was not taken, and why. */
export class Refused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Refused';
  }
}

/** True for a {@link Refused}, also across realms. */
export function isRefused(error: unknown): error is Refused {
  return error instanceof Error && error.name === 'Refused';
}
