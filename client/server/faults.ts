import { isRunbookError, PermanentError, RunbookError } from '../../core/errors.js';
import type { Failure } from '../../core/record.js';

/**
 * Codes of gRPC that mean: nobody answers, now. 4 is a deadline of ours, 14 no connection. A deadline that the
 * server notices first comes back as 1, cancelled (grpc-js 1.14, Temporal server 1.29); a call of
 * ours is cancelled by Ctrl-C alone, which is looked at first. 8 is a server that is busy, such as one whose
 * buffer of queries waits for a lost worker.
 */
const away = new Set([1, 4, 8, 14]);

function chain(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let at = error; at !== null && at !== undefined && found.length < 8;) {
    found.push(at);
    at = (at as { cause?: unknown }).cause;
  }
  return found;
}

/** gRPC's code of an error, if it has one. */
export function grpcCode(error: unknown): number | null {
  for (const one of chain(error)) {
    const { code } = one as { code?: unknown };
    if (typeof code === 'number') return code;
  }
  return null;
}

/** The name of an error; SDK errors are compared by it, since realms break `instanceof`. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** True where the server did not answer. */
export function isAway(error: unknown): boolean {
  const code = grpcCode(error);
  return code !== null && away.has(code);
}

/** gRPC's own words, without the SDK's frame around them. */
export function details(error: unknown): string {
  for (const one of chain(error)) {
    const { details } = one as { details?: unknown };
    if (typeof details === 'string' && details !== '') return details;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The failure that a workflow or an update of ours has ended with. */
export function failureIn(error: unknown): Failure | null {
  for (const one of chain(error)) {
    const { details } = one as { details?: unknown };
    const first: unknown = Array.isArray(details) ? details[0] : null;
    if (typeof first === 'object' && first !== null && 'code' in first && 'message' in first)
      return first as Failure;
  }
  return null;
}

/** An error of the server as one of ours. */
export function asRunbookError(error: unknown, what: string): RunbookError {
  // The codec's own word, whatever the SDK has wrapped around it.
  const own = chain(error).find(isRunbookError);
  if (own !== undefined) return own;
  const failure = failureIn(error);
  if (failure !== null) {
    return new PermanentError(
      failure.code as RunbookError['code'],
      failure.message,
      failure.hint === null ? {} : { hint: failure.hint },
    );
  }
  if (isAway(error)) {
    return new RunbookError('server-unavailable', `${what}: the server does not answer`, {
      hint: 'runbook doctor looks into it',
      cause: error,
    });
  }
  return new PermanentError('internal', `${what}: ${details(error)}`, { cause: error });
}
