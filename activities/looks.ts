import { Context } from '@temporalio/activity';
import type { Looked } from '../core/run/engine.js';
import type { VerbCall } from '../core/run/request.js';
import { carryOut, type CarryOutDeps } from './carry-out.js';
import { failureOf } from './failure.js';

/** One attempt at several checks. */
export interface Looking {
  readonly attempt: number;
  /** Aborted when the attempt is to end; its reason is thrown. */
  readonly signal: AbortSignal;
  /** A check that takes longer than this is ended, ms. */
  readonly limitMs: number;
}

/** Makes checks all at once, in their order; null for those that take too long. */
export async function lookAtAll(
  deps: CarryOutDeps,
  calls: readonly VerbCall[],
  { attempt, signal, limitMs }: Looking,
): Promise<readonly (Looked | null)[]> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(new Error('the check takes long')), limitMs);
  // What is ended still stops what it has begun: nobody has to wait for that.
  const late = new Promise<null>((resolve) => {
    clock.signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const both = AbortSignal.any([signal, clock.signal]);
  const doing = { attempt, signal: both, last: null, pulse: () => undefined };
  const look = async (call: VerbCall): Promise<Looked | null> => {
    try {
      return { answer: await carryOut(deps, call, doing) };
    } catch (error) {
      if (signal.aborted) throw error;
      return clock.signal.aborted ? null : { failure: failureOf(error) };
    }
  };
  try {
    return await Promise.all(calls.map((call) => Promise.race([look(call), late])));
  } finally {
    clearTimeout(timer);
  }
}

/** The activity that makes several checks. */
export function looker(
  deps: CarryOutDeps,
): (calls: readonly VerbCall[], limitMs: number) => Promise<readonly (Looked | null)[]> {
  return (calls, limitMs) => {
    const { cancellationSignal: signal, info } = Context.current();
    return lookAtAll(deps, calls, { attempt: info.attempt, signal, limitMs });
  };
}
