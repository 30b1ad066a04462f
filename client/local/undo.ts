import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { PermanentError } from '../../core/errors.js';
import { localPlaces, type LocalRun } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import { nextNumber } from '../run-id.js';
import type { Session } from '../session.js';
import { rememberRuns } from '../state/names.js';
import { line } from '../view/line.js';
import { followLocally } from './follow.js';
import { launch } from './process.js';
import { localIds } from './runs.js';
import { claimed } from './start.js';

/**
 * Begins a run without a server that puts back what another one had changed, and follows it; answers the exit code.
 * @throws RunbookError
 */
export async function undoLocally(
  session: Session,
  old: RunRecord,
  how: { readonly user: string; readonly force: boolean; readonly reason: string },
): Promise<number> {
  const { state } = session;
  const known = readJson(localPlaces(state, old.run).about) as LocalRun | null;
  if (known?.run !== old.run || !existsSync(localPlaces(state, old.run).journal))
    throw new PermanentError('not-waiting', `undo ${old.run}: its journal is not here`, {
      hint: `undo it where it ran (${old.local?.host ?? 'another machine'}), or put it back by hand: runbook report ${old.run} has what was found before`,
    });
  const stem = `${old.run}-undo-`;
  const run = `${stem}${nextNumber(stem, [...session.archive.ids(), ...localIds(state)])}`;
  if (!claimed(state, run))
    throw new PermanentError('not-waiting', `undo ${old.run}: there is a run ${run} already`, {
      hint: `runbook status ${run}`,
    });
  const startedAt = new Date().toISOString();
  const about = { ...known, run, startedAt };
  writeJson(localPlaces(state, run).about, about);
  rememberRuns(state, [run]);
  if (session.flags.json === true)
    session.out.json({ type: 'started', run, existed: false, ui: null }, 'line');
  else session.err.lines([line(`What ${old.run} has changed is put back by ${run}.`, 'dim')]);
  const reason = how.reason === '' ? (old.local?.reason ?? '') : how.reason;
  const { user, force } = how;
  const undo = { of: old.run, user, force, reason, wait: false, host: hostname(), startedAt };
  const own = await launch(session, about, { task: 'run', begin: null, undo, decision: null });
  return followLocally(session, run, own, 0);
}
