import { PermanentError } from '../core/errors.js';
import type { VerbAnswer } from '../core/run/engine.js';
import type { VerbCall } from '../core/run/request.js';
import type { Catalog } from './catalog.js';
import { timeUp, Verb, type Attempt } from './verb.js';

/**
 * Runs one verb of an action: parses the input, bounds the time, and turns the answers of check, apply,
 * verify and undo into one shape. Knows nothing of Temporal, nor of secrets: `withOpened` comes before it.
 * @throws RunbookError of any class; the signal's reason when it was aborted from outside.
 */
export async function perform(
  catalog: Catalog,
  call: VerbCall,
  attempt: Attempt,
): Promise<VerbAnswer> {
  const action = catalog.get(call.action);
  if (call.secrets !== undefined) {
    // An action would take the text that stands for a secret for its value.
    throw new PermanentError('internal', `${call.path}: its secrets have not been opened`);
  }
  const parsed = action.input.safeParse(call.input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue: { path: unknown[]; message: string }) => `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new PermanentError('input-invalid', `${call.action}: ${problems.join('; ')}`);
  }
  const clock = new AbortController();
  const limit = call.verb === 'verify' ? call.settle.timeoutMs + 60_000 : call.timeoutMs;
  // A probe has no end of its own; and timers cannot count that far.
  const timer = call.verb === 'probe' ? null : setTimeout(() => clock.abort(timeUp(call)), limit);
  const signal = AbortSignal.any([attempt.signal, clock.signal]);
  const verb = new Verb(action, call, parsed.data, attempt, signal);
  try {
    return await verb.run();
  } catch (error) {
    // What a tool says while it is being stopped is not the reason; who stopped it is.
    if (attempt.signal.aborted) throw attempt.signal.reason;
    if (clock.signal.aborted) throw verb.timedOut();
    throw error;
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
