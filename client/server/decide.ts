import { randomUUID } from 'node:crypto';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Decision } from '../../core/run/control.js';
import { callMs, within, type Server } from './connection.js';
import { asRunbookError, isAway, isNamed } from './faults.js';
import { describe, isMissing, noSuchRun } from './look.js';
import { someoneIsThere } from './pollers.js';
import { onceReady } from './ready.js';

/**
 * Has a decision carried out by its run. Returns when the run has taken it.
 * @throws PermanentError `not-waiting` with the run's own words where it refuses; `not-found`; RunbookError
 *   `worker-unavailable`
 */
export async function decide(server: Server, run: string, decision: Decision): Promise<void> {
  const { verb, ...args } = decision;
  // The same decision each time that it is sent: the run takes it once.
  const updateId = randomUUID();
  const send = (): Promise<void> =>
    server.client.workflow
      .getHandle(run)
      .executeUpdate<void, [Omit<Decision, 'verb'>]>(verb, { args: [args], updateId });
  try {
    for (;;) {
      try {
        return await onceReady(`${verb} ${run}`, () => within(server, callMs, send));
      } catch (error) {
        if (!isAway(error)) throw error;
        // A check may take its time, but somebody must be at it.
        await someoneIsThere(server, (await describe(server, run)).taskQueue);
      }
    }
  } catch (error) {
    if (error instanceof RunbookError) throw error;
    if (isNamed(error, 'WorkflowUpdateFailedError')) {
      const { cause } = error as Error;
      const why = cause instanceof Error ? cause.message : (error as Error).message;
      throw new PermanentError('not-waiting', `${verb} ${run}: ${why}`, {
        hint: `runbook status ${run} shows how it stands`,
      });
    }
    if (isMissing(error)) throw await hasEnded(server, run, verb);
    throw asRunbookError(error, `${verb} ${run}`);
  }
}

async function hasEnded(server: Server, run: string, verb: string): Promise<PermanentError> {
  const { status } = await describe(server, run);
  if (status.name === 'RUNNING') return noSuchRun(run);
  return new PermanentError('not-waiting', `${verb} ${run}: the run has ended`, {
    hint: `runbook report ${run} tells how`,
  });
}
