import { PermanentError } from '../../core/errors.js';
import type { RunRecord } from '../../core/record.js';
import { expressed, stateToUndo } from '../../core/run/past.js';
import type { Resume, RunRequest } from '../../core/run/request.js';
import { within, type Server } from './connection.js';
import { startedRequest } from './definition.js';
import { asRunbookError } from './faults.js';
import { onceReady } from './ready.js';

/** A worker reads the whole history of the run again for this, ms. */
const queryMs = 30_000;

/** How a run of its own is to put back what another one has changed. */
export interface UndoWish {
  /** Id of the new run. */
  readonly run: string;
  readonly user: string;
  readonly wait: boolean;
  readonly force: boolean;
}

/** The server has not, or no more, what would have to be put back. */
export function forgotten(run: string): PermanentError {
  return new PermanentError(
    'not-found',
    `this server does not remember how run ${run} went: it was imported, or is older than what the server keeps`,
    {
      hint: `put it back where it was run, or by hand: runbook report ${run} has what was found before`,
    },
  );
}

/**
 * The request of a run that puts back what `old`, which has ended, has changed: from the history of that one.
 * @throws RunbookError `not-found` where the server has forgotten it; `worker-unavailable`
 */
export async function undoRequest(
  server: Server,
  old: RunRecord,
  wish: UndoWish,
): Promise<RunRequest> {
  const { run } = old;
  let request: RunRequest | null;
  let resume: Resume | null;
  try {
    request = await startedRequest(server, run);
    const asked = (): Promise<Resume | null> =>
      server.client.workflow.getHandle(run).query<Resume | null>('resume');
    resume = await onceReady(`undo ${run}`, () => within(server, queryMs, asked));
  } catch (error) {
    throw asRunbookError(error, `asking how run ${run} went`);
  }
  if (request === null || resume === null) throw forgotten(run);
  const { state, inputs, actions } = resume;
  const by = { run: wish.run, user: wish.user, startedAt: new Date().toISOString() };
  return {
    ...request,
    user: wish.user,
    wait: wish.wait,
    planHash: null,
    resume: { inputs, actions, state: stateToUndo(state, by) },
    undo: {
      // What one has left that was itself to put something back: its expressions are those of the first run still.
      of: request.undo?.of ?? expressed(old),
      from: run,
      force: wish.force,
    },
  };
}
