import { PermanentError } from '../../core/errors.js';
import type { ExportContent } from '../../core/export.js';
import type { JsonObject } from '../../core/json.js';
import type { RunRecord } from '../../core/record.js';
import { hasEnded } from '../../core/run/outcome.js';
import { lookOnce } from '../commands/status.js';
import { runningServer } from '../embedded/server.js';
import type { FoundRun } from '../find-run.js';
import { findRunbook } from '../library.js';
import { definitionHash } from '../server/request.js';
import type { Session } from '../session.js';
import { findDefinition } from '../state/definitions.js';
import { evidenceOf } from '../state/evidence.js';
import { logFiles } from '../state/log-files.js';
import { exportedLogs } from './log.js';

/** The runbook of the project, where its file is still the one that was run. */
async function fromProject(session: Session, record: RunRecord): Promise<JsonObject | null> {
  try {
    const { runbook } = await findRunbook(session, record.runbook);
    return definitionHash(runbook) === record.definitionHash
      ? (JSON.parse(JSON.stringify(runbook)) as JsonObject)
      : null;
  } catch {
    // Renamed, broken by now, or there is no project here: then it is not the one that was run.
    return null;
  }
}

/** From the history of the run, where a server has it that need not be started for this. */
async function fromServer(
  session: Session,
  { run, archived }: FoundRun,
  hash: string,
): Promise<JsonObject | null> {
  try {
    const { kind } = await session.endpoint();
    const there = kind === 'configured' || runningServer(session.state) !== null;
    if (archived !== null && !there) return null;
    const { startedDefinition } = await import('../server/definition.js');
    return await startedDefinition(await session.server(), run, hash);
  } catch {
    // It remembers the run no more, or does not answer: the rest of the run is worth having anyway.
    return null;
  }
}

/** All that there is of a run that has ended. @throws PermanentError `usage` where it goes on. */
export async function gather(session: Session, found: FoundRun): Promise<ExportContent> {
  const { record } = await lookOnce(session, found);
  if (!hasEnded(record.state)) {
    throw new PermanentError('usage', `${record.run} has not ended: it is ${record.state}`, {
      hint: `runbook watch ${record.run}`,
    });
  }
  const hash = record.definitionHash;
  const definition =
    findDefinition(session.state, hash) ??
    (await fromProject(session, record)) ??
    (await fromServer(session, found, hash));
  return {
    record,
    definition: definition as ExportContent['definition'],
    evidence: await evidenceOf(session.state, record.run),
    logs: await exportedLogs(logFiles(session.state, record.run)),
  };
}
