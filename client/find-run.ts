import { PermanentError } from '../core/errors.js';
import type { LocalRun } from '../core/local.js';
import type { RunRecord } from '../core/record.js';
import { localRuns } from './local/runs.js';
import { noSuchRun } from './server/look.js';
import type { Session } from './session.js';
import { openRuns } from './state/open.js';

/** A run that was named on the command line. */
export interface FoundRun {
  readonly run: string;
  /** Its record, where it is in the archive; null where the server must be asked. */
  readonly archived: RunRecord | null;
  /** For a run without a server that has not ended: how it was begun; null for any other. */
  readonly local: LocalRun | null;
}

/** The most runs among which a shortened name is looked for. */
const most = 1000;

/** Runs that are known, newest first: on the server, in the archive, and just started. */
async function knownRuns(session: Session): Promise<string[]> {
  const { listRuns } = await import('./server/runs.js');
  const filter = { state: [], runbook: null, target: null, user: null, since: null, limit: most };
  const live = await listRuns(await session.server(), filter);
  // What was only just started is not yet in the server's list.
  const open = [...openRuns(session.state), ...localRuns(session.state)].toSorted(
    (a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt),
  );
  const listed = new Set(live.map(({ run }) => run));
  return [
    ...new Set([
      ...open.filter(({ run }) => !listed.has(run)).map(({ run }) => run),
      ...live.map(({ run }) => run),
      ...session.archive.ids(),
    ]),
  ];
}

async function exists(session: Session, run: string): Promise<boolean> {
  const { describe } = await import('./server/look.js');
  try {
    const { type } = await describe(await session.server(), run);
    return type !== 'plan' && type !== 'lease';
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'not-found') return false;
    throw error;
  }
}

/** The one run whose id begins so, where it says that it is one without a server. */
function onlyOne(locals: readonly LocalRun[], name: string): LocalRun | null {
  const [only, another] = locals.filter(({ run }) => run.startsWith(name));
  return name.includes('-local-') && another === undefined ? (only ?? null) : null;
}

/**
 * The run that a name stands for: its whole id, the beginning of one, or `latest`.
 * @throws PermanentError `not-found`, with the nearest name; `usage` where several begin so.
 */
export async function findRun(session: Session, name: string): Promise<FoundRun> {
  const archived = name === 'latest' ? null : session.archive.find(name);
  if (archived !== null) return { run: name, archived, local: null };
  const locals = localRuns(session.state);
  const local = locals.find(({ run }) => run === name) ?? onlyOne(locals, name);
  // The server may be the patient: it is not asked about what it does not know.
  if (local !== null) return { run: local.run, archived: null, local };
  const around = locals.find(({ run }) => name.startsWith(`${run}/`));
  if (around !== undefined) return { run: name, archived: null, local: around };
  if (name !== 'latest' && (await exists(session, name)))
    return { run: name, archived: null, local: null };
  const known = await knownRuns(session);
  const matching =
    name === 'latest' ? known.slice(0, 1) : known.filter((run) => run.startsWith(name));
  const [only] = matching;
  if (only === undefined) {
    const { didYouMean } = await import('../core/definition/nearest.js');
    throw noSuchRun(name, didYouMean(name, known) ?? undefined);
  }
  if (matching.length > 1) {
    throw new PermanentError('usage', `${matching.length} runs begin with '${name}'`, {
      hint: matching.slice(0, 6).join(', '),
    });
  }
  return {
    run: only,
    archived: session.archive.find(only),
    local: locals.find(({ run }) => run === only) ?? null,
  };
}
