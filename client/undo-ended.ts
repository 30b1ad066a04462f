import { isRunbookError, PermanentError } from '../core/errors.js';
import type { RunRecord } from '../core/record.js';
import { followRun } from './follow-run.js';
import { nextNumber } from './run-id.js';
import type { Session } from './session.js';
import { rememberRuns } from './state/names.js';
import { forgetOpen, noteOpen, openRuns } from './state/open.js';
import { line } from './view/line.js';
import { leftChanged } from './view/tally.js';

function impossible(run: string, why: string, hint: string): PermanentError {
  return new PermanentError('not-waiting', `undo ${run}: ${why}`, { hint });
}

/** Why what a run had changed cannot be put back by a run of its own. @throws PermanentError `not-waiting` */
export function checkUndoable(record: RunRecord): void {
  const { run, steps, parent } = record;
  if (leftChanged(steps).length === 0)
    throw impossible(run, 'nothing of what it changed is left', `runbook report ${run} tells how`);
  if (parent !== undefined)
    throw impossible(
      run,
      `it was that of an item of ${parent}`,
      `what all of them have changed: runbook undo ${parent}`,
    );
}

/** Starts a run that puts back what a run that has ended had changed, and follows it; answers the exit code. */
export async function undoEnded(
  session: Session,
  old: RunRecord,
  how: { readonly user: string; readonly force: boolean; readonly reason: string },
): Promise<number> {
  if (old.local !== undefined) {
    const { undoLocally } = await import('./local/undo.js');
    return undoLocally(session, old, how);
  }
  const { describe } = await import('./server/look.js');
  const { forgotten, undoRequest } = await import('./server/undo.js');
  const { startRun } = await import('./server/start.js');
  const server = await session.server();
  const { taskQueue } = await describe(server, old.run).catch((error: unknown) => {
    throw isRunbookError(error) && error.code === 'not-found' ? forgotten(old.run) : error;
  });
  await session.workerOf(taskQueue);
  const stem = `${old.run}-undo-`;
  const known = [...session.archive.ids(), ...openRuns(session.state).map(({ run }) => run)];
  const run = `${stem}${nextNumber(stem, known)}`;
  const request = await undoRequest(server, old, { ...how, run, wait: false });
  const startedAt = new Date().toISOString();
  const version = server.embedded?.version ?? null;
  noteOpen(session.state, { run, runbook: old.runbook, startedAt, server: version });
  if (!(await startRun(server, run, request, old.targets))) {
    forgetOpen(session.state, run);
    throw impossible(old.run, `there is a run ${run} already`, `runbook status ${run}`);
  }
  rememberRuns(session.state, [run]);
  if (session.flags.json === true)
    session.out.json({ type: 'started', run, existed: false, ui: null }, 'line');
  else session.err.lines([line(`What ${old.run} has changed is put back by ${run}.`, 'dim')]);
  return followRun(session, run, 0);
}
