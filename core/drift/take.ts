import type { PlannedStep } from '../record.js';
import { drifts, type DriftCheck } from '../run/drift.js';
import { acceptanceOf, type Accepted } from './accepted.js';
import type { driftOutcomes, DriftEntry, DriftHistory, DriftPlace, Told } from './history.js';
import { driftNotification, isChange, type DriftChange } from './notification.js';

/** What is known beside the check itself. */
export interface Knowledge {
  readonly accepted: readonly Accepted[];
  /** Which inputs the check had. */
  readonly series: string;
  identityOf(step: PlannedStep): string;
}

/** The most entries of the past that are kept, the newest. */
const mostGone = 500;

const keyOf = ({ path, target }: Pick<DriftPlace, 'path' | 'target'>): string =>
  JSON.stringify([path, target]);
const unknown = (entry: Pick<DriftEntry, 'kind'>): boolean => entry.kind === 'undetermined';

/** Entries that last. */
export function lasting(history: Pick<DriftHistory, 'entries'>): DriftEntry[] {
  return history.entries.filter(({ gone }) => gone === null);
}

/** What a step says of the entries that there are of it: they last, they are gone, or it cannot be known. */
function seen(entry: DriftEntry, step: PlannedStep | undefined, at: string): DriftEntry {
  const gone = { ...entry, gone: at };
  if (step === undefined) return gone;
  // It is looked at once an earlier step has mended what it hangs on.
  if (step.kind === 'deferred') return entry;
  if (step.kind === 'undetermined') {
    return unknown(entry) ? { ...entry, lastSeen: at, drift: step.drift } : entry;
  }
  return entry.kind === step.kind ? { ...entry, lastSeen: at, drift: step.drift } : gone;
}

/** Entries after a check. */
function entriesAfter(
  before: readonly DriftEntry[],
  { at, steps, failure }: DriftCheck,
  { identityOf }: Knowledge,
): DriftEntry[] {
  if (failure !== null) return [...before];
  const byKey = new Map(steps.map((step) => [keyOf(step), step]));
  const known = before.map((entry) => {
    if (entry.gone !== null) return entry;
    const step = byKey.get(keyOf(entry));
    const after = seen(entry, step, at);
    const same = step !== undefined && drifts(step) && after.gone === null;
    return same ? { ...after, identity: identityOf(step) } : after;
  });
  const open = new Set(
    known.filter(({ gone }) => gone === null).map((entry) => `${keyOf(entry)}${entry.kind}`),
  );
  const fresh = steps
    .filter((step) => drifts(step) || step.kind === 'undetermined')
    .filter((step) => !open.has(`${keyOf(step)}${step.kind}`))
    .map((step): DriftEntry => {
      const { path, title, target, drift } = step;
      const kind = step.kind as DriftEntry['kind'];
      const identity = unknown({ kind }) ? '' : identityOf(step);
      return { path, title, target, kind, drift, identity, since: at, lastSeen: at, gone: null };
    });
  const all = [...known, ...fresh];
  const past = all
    .filter(({ gone }) => gone !== null)
    .toSorted((a, b) => Date.parse(b.gone ?? '') - Date.parse(a.gone ?? ''))
    .slice(0, mostGone);
  return [...all.filter(({ gone }) => gone === null), ...past];
}

/** How a check differs from what its schedule has told, and what it has told with that. */
function changeOf(
  told: Told | undefined,
  counted: readonly DriftEntry[],
  entries: readonly DriftEntry[],
  { steps, failure }: DriftCheck,
): { change: DriftChange; places: DriftPlace[] } {
  const old = told?.places ?? [];
  const nothing = { appeared: [], gone: [], unknown: [], known: [] };
  if (failure !== null) {
    const failed = told?.failed !== true;
    return { change: { ...nothing, failed, works: false }, places: old };
  }
  const kinds = new Map(steps.map((step) => [keyOf(step), step.kind]));
  const unsure = (place: DriftPlace): boolean =>
    ['undetermined', 'deferred'].includes(kinds.get(keyOf(place)) ?? '');
  const had = (entry: DriftPlace): boolean =>
    old.some((one) => keyOf(one) === keyOf(entry) && one.kind === entry.kind);
  // The entry as it is now, of a place that was told some time ago.
  const entryOf = (place: DriftPlace): DriftEntry[] => {
    const of = entries.filter(
      (entry) => keyOf(entry) === keyOf(place) && entry.kind === place.kind,
    );
    return of.slice(0, 1);
  };
  const blind = entries.filter((entry) => entry.gone === null && unknown(entry));
  const ended = old.filter((place) => {
    if (counted.some((entry) => keyOf(entry) === keyOf(place) && !unknown(place))) return false;
    return unknown(place) ? !blind.some((entry) => keyOf(entry) === keyOf(place)) : !unsure(place);
  });
  // Drift that was accepted meanwhile lasts: it is told of no more, but it is not gone.
  const over = ended.flatMap(entryOf).filter(({ gone }) => gone !== null);
  const carried = old.filter(
    (place) => !unknown(place) && unsure(place) && entryOf(place).some(({ gone }) => gone === null),
  );
  return {
    change: {
      appeared: counted.filter((entry) => !had(entry)),
      gone: over.filter((entry) => !unknown(entry)),
      unknown: blind.filter((entry) => !had(entry)),
      known: over.filter(unknown),
      failed: false,
      works: told?.failed === true,
    },
    places: [...counted, ...blind, ...carried].map(({ path, target, kind }) => ({
      path,
      target,
      kind,
    })),
  };
}

function outcomeOf(
  check: DriftCheck,
  counted: readonly DriftEntry[],
): (typeof driftOutcomes)[number] {
  if (check.failure !== null) return 'failed';
  if (counted.length > 0) return 'drift';
  return check.steps.some(({ kind }) => kind === 'undetermined') ? 'undetermined' : 'no-drift';
}

/**
 * A history with one more check, and the event that tells what its schedule has not told yet; null where
 * nothing has changed, or where a person asked. The same check again changes nothing, and tells the same.
 */
export function withCheck(
  history: DriftHistory | null,
  check: DriftCheck,
  knowledge: Knowledge,
): { readonly history: DriftHistory; readonly event: Told['event'] } {
  const { schedule, at, runbook } = check;
  const told = schedule === null ? undefined : history?.told[schedule];
  if (history !== null && told?.check === check.check) return { history, event: told.event };
  if (history?.last.check === check.check) return { history, event: null };
  const entries = entriesAfter(history?.entries ?? [], check, knowledge);
  const where = { runbook, series: knowledge.series };
  const counted = entries.filter(
    (entry) =>
      entry.lastSeen === at &&
      entry.gone === null &&
      !unknown(entry) &&
      acceptanceOf(knowledge.accepted, where, entry, at) === null,
  );
  const { change, places } = changeOf(told, counted, entries, check);
  const event =
    schedule === null || !isChange(change)
      ? null
      : driftNotification(change, check, schedule, counted);
  const now = { check: check.check, places, failed: check.failure !== null, event };
  return {
    event,
    history: {
      version: 1,
      runbook,
      title: check.title,
      inputs: { ...check.inputs } as DriftHistory['inputs'],
      mend: check.mend,
      checks: (history?.checks ?? 0) + 1,
      last: {
        check: check.check,
        at,
        by: check.by,
        schedule,
        outcome: outcomeOf(check, counted),
        failure: check.failure,
      },
      entries,
      told: { ...history?.told, ...(schedule === null ? {} : { [schedule]: now }) },
    },
  };
}
