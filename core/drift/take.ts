import type { PlannedStep } from '../record.js';
import { drifts, type DriftCheck, type DriftKept } from '../run/drift.js';
import { acceptanceOf, type Accepted } from './accepted.js';
import { changeOf, isChange, isUnknown, keyOf } from './change.js';
import type { driftOutcomes, DriftEntry, DriftHistory } from './history.js';
import { driftNotification } from './notification.js';

/** What is known beside the check itself. */
export interface Knowledge {
  readonly accepted: readonly Accepted[];
  /** Which inputs the check had. */
  readonly series: string;
  identityOf(step: PlannedStep): string;
}

/** The most entries of the past that are kept, the newest. */
const mostGone = 500;

/** Entries that last. */
export function lasting(history: Pick<DriftHistory, 'entries'>): DriftEntry[] {
  return history.entries.filter(({ gone }) => gone === null);
}

/** What a step says of an entry that there is of it: it lasts, it is gone, or it cannot be known. */
function seen(entry: DriftEntry, step: PlannedStep | undefined, at: string): DriftEntry {
  const gone = { ...entry, gone: at };
  if (step === undefined) return gone;
  // It is looked at once an earlier step has mended what it hangs on.
  if (step.kind === 'deferred') return entry;
  if (isUnknown(step) && !isUnknown(entry)) return entry;
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
    .filter((step) => drifts(step) || isUnknown(step))
    .filter((step) => !open.has(`${keyOf(step)}${step.kind}`))
    .map((step): DriftEntry => {
      const { path, title, target, drift } = step;
      const kind = step.kind as DriftEntry['kind'];
      const identity = isUnknown(step) ? '' : identityOf(step);
      return { path, title, target, kind, drift, identity, since: at, lastSeen: at, gone: null };
    });
  const all = [...known, ...fresh];
  const past = all
    .filter(({ gone }) => gone !== null)
    .toSorted((a, b) => Date.parse(b.gone ?? '') - Date.parse(a.gone ?? ''))
    .slice(0, mostGone);
  return [...all.filter(({ gone }) => gone === null), ...past];
}

function outcomeOf(
  { failure, steps }: DriftCheck,
  counted: readonly PlannedStep[],
): (typeof driftOutcomes)[number] {
  if (failure !== null) return 'failed';
  if (counted.length > 0) return 'drift';
  return steps.some(isUnknown) ? 'undetermined' : 'no-drift';
}

/**
 * A history with one more check, and what its schedule has to tell. The same check again, as after a
 * crash, changes nothing and tells the same.
 */
export function withCheck(
  history: DriftHistory | null,
  check: DriftCheck,
  knowledge: Knowledge,
): DriftKept & { readonly history: DriftHistory } {
  const { schedule, at, runbook, execution } = check;
  const entries = entriesAfter(history?.entries ?? [], check, knowledge);
  const where = { runbook, series: knowledge.series };
  const counts = (step: PlannedStep): boolean => {
    const { path, target } = step;
    const identity = knowledge.identityOf(step);
    return acceptanceOf(knowledge.accepted, where, { path, target, identity }, at) === null;
  };
  const counted = check.steps.filter((step) => drifts(step) && counts(step));
  const since = (step: PlannedStep): string =>
    entries.find(
      (entry) => entry.gone === null && keyOf(entry) === keyOf(step) && entry.kind === step.kind,
    )?.since ?? at;
  const { change, places } = changeOf(check, counts, since);
  const again = history?.last.execution === execution;
  return {
    event:
      schedule === null || !isChange(change)
        ? null
        : driftNotification(change, check, schedule, counted),
    places,
    history: {
      version: 1,
      runbook,
      title: check.title,
      inputs: { ...check.inputs } as DriftHistory['inputs'],
      mend: check.mend,
      checks: (history?.checks ?? 0) + (again ? 0 : 1),
      last: {
        check: check.check,
        execution,
        at,
        by: check.by,
        schedule,
        outcome: outcomeOf(check, counted),
        failure: check.failure,
      },
      entries,
    },
  };
}
