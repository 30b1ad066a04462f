import type { Redactor } from '../log/redact.js';
import { printableLine } from './quote.js';
import type { Request } from './request.js';

/** What stands before a command when it is shown. */
export interface Prefix {
  /** Way into a network namespace; empty where the target is named beside the command. */
  readonly enter: readonly string[];
  /** True where root is not the login. */
  readonly sudo: boolean;
}

/** A request as a line of a shell; secrets are replaced. */
export function lineOf(request: Request, prefix: Prefix, redactor: Redactor): string {
  const words = [
    ...(request.sudo && prefix.sudo ? ['sudo', '-n'] : []),
    ...prefix.enter,
    ...(request.env.length > 0 ? ['env', ...request.env] : []),
    ...request.argv,
  ];
  return printableLine(words.map((word) => redactor.text(word)));
}
