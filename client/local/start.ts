import { mkdirSync } from 'node:fs';
import { PermanentError } from '../../core/errors.js';
import { localFolder, localPlaces } from '../../core/local.js';
import { writeJson } from '../embedded/json-file.js';
import type { Wanted } from '../inputs/command.js';
import { idStem, nextNumber } from '../run-id.js';
import type { Session } from '../session.js';
import { keepDefinition } from '../state/definitions.js';
import { rememberRuns } from '../state/names.js';
import { openRuns } from '../state/open.js';
import { line } from '../view/line.js';
import { followLocally } from './follow.js';
import { beginning } from './plan.js';
import { launch } from './process.js';
import { localIds } from './runs.js';

/** How a run is begun without a server. */
export interface LocalStart {
  /** Id that the user has chosen, which is free; null for one of ours. */
  readonly id: string | null;
  readonly reason: string;
  readonly wait: boolean;
  readonly planHash: string | null;
}

/** How often a number that another start has just taken is counted on from. */
const tries = 50;

/** Makes the folder of a run; false where there is one. */
export function claimed(state: string, run: string): boolean {
  mkdirSync(localFolder(state), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(localPlaces(state, run).folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** An id of its own kind: the server may be giving out the others at the same time. */
function freeId(session: Session, { loaded, inputs }: Wanted): string {
  const stem = `${idStem(loaded.runbook, inputs, new Date())}local-`;
  const first = nextNumber(stem, [...session.archive.ids(), ...localIds(session.state)]);
  for (let number = first; number < first + tries; number += 1)
    if (claimed(session.state, `${stem}${number}`)) return `${stem}${number}`;
  throw new PermanentError('internal', `no free id for a run: ${stem}${first} and the next`, {
    hint: 'choose one: --id',
  });
}

/** Begins a run without a server, and follows it; answers the exit code. @throws RunbookError */
export async function beginLocally(
  session: Session,
  wanted: Wanted,
  how: LocalStart,
): Promise<number> {
  const { runbook } = wanted.loaded;
  const { id } = how;
  const begin = await beginning(session, wanted, how);
  if (id !== null) {
    if (openRuns(session.state).some(({ run }) => run === id))
      throw new PermanentError('usage', `the server has a run ${id}, which is open`, {
        hint: 'choose another id',
      });
    claimed(session.state, id);
  }
  const run = id ?? freeId(session, wanted);
  const { startedAt } = begin;
  const about = { run, runbook: runbook.name, project: session.folder.path, startedAt };
  writeJson(localPlaces(session.state, run).about, about);
  keepDefinition(session.state, runbook);
  rememberRuns(session.state, [run]);
  if (session.flags.json === true)
    session.out.json({ type: 'started', run, existed: false, ui: null }, 'line');
  else
    session.err.lines([
      line(`Without the server: leases that runs or people hold there are not seen.`, 'warn'),
    ]);
  const own = await launch(session, about, { task: 'run', begin, decision: null });
  return followLocally(session, run, own, 0);
}
