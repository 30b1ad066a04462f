import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExportContent, ExportedLog } from '../../core/export.js';
import { sameJson } from '../../core/json.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import { localRun } from '../local/runs.js';
import { keepDefinition } from '../state/definitions.js';
import { keepEvidence } from '../state/evidence.js';
import { archiveName, logFolderName } from '../state/file-name.js';
import { rememberRuns } from '../state/names.js';
import { openRuns } from '../state/open.js';
import { refused } from './document.js';
import { bytesOf, sha256Of } from './log.js';

/** What an import came to: all of it was new, its logs were, or nothing was. */
export type Kept = 'new' | 'completed' | 'same';

interface LogToWrite {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Logs that are not here yet. @throws PermanentError `import-refused` where others are in their place. */
function missingLogs(state: string, run: string, logs: readonly ExportedLog[]): LogToWrite[] {
  const folder = join(state, 'logs', logFolderName(run));
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const come = new Set(logs.filter((log) => bytesOf(log) !== null).map(({ name }) => name));
  const others = there.filter((name) => name.endsWith('.ndjson') && !come.has(name));
  if (come.size > 0 && others.length > 0)
    throw refused(`there are other logs of a run ${run} here: ${others.join(', ')}`);
  return logs.flatMap((log) => {
    const bytes = bytesOf(log);
    if (bytes === null) return [];
    const path = join(folder, log.name);
    if (!there.includes(log.name)) return [{ path, bytes }];
    if (sha256Of(readFileSync(path)) === log.sha256) return [];
    throw refused(`there is another log of a run ${run} here: ${log.name}`);
  });
}

/** True where the run is in the archive already. @throws PermanentError `import-refused` where another one is. */
function isArchived(path: string, content: ExportContent): boolean {
  const known = readJson(path) as { run?: unknown } | null;
  if (known === null) return false;
  if (sameJson(known, content.record)) return true;
  const which =
    known.run === content.record.run
      ? `there is a run ${content.record.run} here, with other content`
      : `the run ${String(known.run)} is kept here under the same name`;
  throw refused(which, 'RUNBOOK_STATE_DIR names another place to import it into');
}

function write({ path, bytes }: LogToWrite): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.${process.pid}.tmp`, bytes, { mode: 0o600 });
  renameSync(`${path}.${process.pid}.tmp`, path);
}

/**
 * Puts a run where those that ended here are kept. All is looked at before anything is written, and the
 * record comes last: an import that is cut short is made whole by the next one.
 * @throws PermanentError `import-refused`
 */
export function keep(state: string, content: ExportContent): Kept {
  const { record, definition, evidence, logs } = content;
  const { run } = record;
  const path = join(state, 'archive', `${archiveName(run)}.json`);
  const archived = isArchived(path, content);
  const open = openRuns(state).some((one) => one.run === run) || localRun(state, run) !== null;
  if (!archived && open) throw refused(`a run ${run} is open here`);
  const missing = missingLogs(state, run, logs);
  if (archived && missing.length === 0) return 'same';
  for (const log of missing) write(log);
  if (logs.every((log) => bytesOf(log) === null)) keepEvidence(state, run, evidence);
  if (definition !== null) keepDefinition(state, definition);
  if (archived) return 'completed';
  writeJson(path, record);
  // The archive is ordered by when its files were written: as runs ended.
  const ended = new Date(record.endedAt ?? record.startedAt);
  utimesSync(path, ended, ended);
  rememberRuns(state, [run]);
  return 'new';
}
