import { PermanentError } from '../../core/errors.js';
import { localPlaces, type LocalSight } from '../../core/local.js';
import { hasEnded } from '../../core/run/outcome.js';
import { readJson } from '../embedded/json-file.js';
import type { Session } from '../session.js';
import { standsStill } from '../view/changes.js';
import { withPulses, type Sight } from '../view/live.js';
import { processOf } from './process.js';

/** A look at a run without a server. */
export interface LocalLook extends Sight {
  /** Process that works at it; null where none does. */
  readonly pid: number | null;
  /** Process that has written this. */
  readonly by: number;
}

function missing(run: string, record: LocalSight['record']): string {
  return standsStill(record)
    ? 'No process is at it: what is decided next starts one.'
    : `No process is at it, so it does not go on: runbook resume ${run}`;
}

/**
 * How a run without a server stands, or that of one of its items, `of`; null where its process is only just
 * beginning.
 */
export function lookLocally(session: Session, run: string, of = run): LocalLook | null {
  const archived = session.archive.find(of);
  if (archived !== null) return { record: archived, notes: {}, trouble: null, pid: null, by: 0 };
  // Asked before: what a process has written last is there when it has ended.
  const worker = processOf(session.state, run);
  const sight = readJson(localPlaces(session.state, run).sight) as LocalSight | null;
  if (sight === null) return null;
  const pending = sight.work.map(({ path, attempt, pulse }) => ({
    path,
    attempt,
    pulse,
    lastFailure: null,
    started: true,
  }));
  const record = of === run ? sight.record : sight.items.find((item) => item.run === of);
  if (record === undefined) return null;
  const trouble = worker === null && !hasEnded(record.state) ? missing(run, record) : null;
  return { ...withPulses(record, pending), trouble, pid: worker?.pid ?? null, by: sight.pid };
}

/** How a run without a server stands, for a single look. @throws PermanentError `not-found` */
export function lookLocallyOnce(session: Session, run: string, of = run): LocalLook {
  const look = lookLocally(session, run, of);
  if (look !== null) return look;
  throw new PermanentError('not-found', `run ${of} is only just starting`, {
    hint: `look again; where nothing comes: runbook resume ${run}`,
  });
}
