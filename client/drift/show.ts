import { acceptanceOf, type Accepted } from '../../core/drift/accepted.js';
import type { DriftHistory, DriftShown } from '../../core/drift/history.js';
import { seriesOf } from '../../core/drift/places.js';
import { PermanentError } from '../../core/errors.js';
import { textOption, type Options } from '../command.js';
import { exits } from '../exit.js';
import { momentSince } from '../since.js';
import type { Session } from '../session.js';
import { openDrift } from '../state/drift.js';
import { system } from '../system.js';
import { driftShownView } from '../view/drift-history.js';

/** What of the past is shown unless told. */
export const usualSince = '7d';

/** A history as it is shown: what lasts, and what ended since then. */
function shown(
  history: DriftHistory,
  accepted: readonly Accepted[],
  only: { readonly target: string | null; readonly since: number },
  now: string,
): DriftShown {
  const { runbook, title, inputs, mend, checks, last } = history;
  const where = { runbook, series: seriesOf(inputs, system.hash) };
  const entries = history.entries
    .filter(({ target }) => only.target === null || target === only.target)
    .filter(({ gone }) => gone === null || Date.parse(gone) >= only.since)
    .map((entry) => {
      const by = entry.gone === null ? acceptanceOf(accepted, where, entry, now) : null;
      return {
        ...entry,
        accepted: by === null ? null : { by: by.by, at: by.at, until: by.until, reason: by.reason },
      };
    });
  return { runbook, title, inputs, mend, checks, last, entries };
}

function exitOf(all: readonly DriftShown[]): number {
  const entries = all.flatMap((one) => one.entries).filter(({ gone }) => gone === null);
  if (entries.some(({ kind, accepted }) => kind !== 'undetermined' && accepted === null))
    return exits.changes;
  const blind = entries.some(({ kind }) => kind === 'undetermined');
  return blind || all.some(({ last }) => last.outcome === 'failed') ? exits.failed : exits.done;
}

/** Shows the drift that is on record. */
export async function showDrift(
  session: Session,
  runbook: string | undefined,
  options: Options,
): Promise<number> {
  const since = momentSince(textOption(options, 'since') ?? usualSince).getTime();
  const kept = openDrift(session.state, (await session.project()).id);
  const histories = kept
    .histories()
    .filter((one) => runbook === undefined || one.runbook === runbook);
  if (runbook !== undefined && histories.length === 0) {
    throw new PermanentError('not-found', `no check for drift of '${runbook}' is on record here`, {
      hint: `runbook drift ${runbook} --record makes one, runbook schedule create one after another`,
    });
  }
  const only = { target: textOption(options, 'target') ?? null, since };
  const now = new Date().toISOString();
  const accepted = kept.accepted();
  const all = histories.map((one) => shown(one, accepted, only, now));
  if (session.flags.json === true) session.out.json(all);
  else session.out.lines(driftShownView(all, session.screen));
  return exitOf(all);
}
