import type { Drifting, DriftNotification } from '../notification.js';
import { alters } from '../run/outcome.js';
import type { PlannedStep } from '../record.js';
import type { DriftCheck, ToldPlace } from '../run/drift.js';
import { keyOf, type DriftChange } from './change.js';

/** The most of a kind that one event names. */
const most = 50;

/** Places, with what their steps say now. */
function listed(places: readonly ToldPlace[], steps: readonly PlannedStep[]): Drifting[] {
  return places.slice(0, most).map((place) => {
    const step = steps.find((one) => keyOf(one) === keyOf(place) && one.kind === place.kind);
    const { path, title, target, kind, since } = place;
    return { path, title, target, kind, drift: step?.drift ?? null, since };
  });
}

function count(n: number, one: string, many: string): string[] {
  return n === 0 ? [] : [n === 1 ? `1 ${one}` : `${n} ${many}`];
}

function messageOf(change: DriftChange, check: DriftCheck, now: number): string {
  const { appeared, gone, unknown, known, failed, works } = change;
  const about = `drift of ${check.runbook}`;
  if (failed) return `${about} could not be checked: ${check.failure?.message ?? ''}`;
  const parts = [
    ...(works ? ['it can be checked again'] : []),
    ...count(appeared.length, 'step has drifted', 'steps have drifted'),
    ...count(gone.length, 'is as wanted again', 'are as wanted again'),
    ...count(unknown.length, 'can be checked no more', 'can be checked no more'),
    ...count(known.length, 'can be checked again', 'can be checked again'),
  ];
  return `${about}: ${parts.join(', ')}; ${now === 0 ? 'none drifts now' : `${now} now`}`;
}

/** The event that tells of a change; `now`: drift that counts at present. */
export function driftNotification(
  change: DriftChange,
  check: DriftCheck,
  schedule: string,
  now: readonly PlannedStep[],
): DriftNotification {
  const list = (places: readonly ToldPlace[]): Drifting[] => listed(places, check.steps);
  const mends = now.some(({ kind }) => alters(kind));
  return {
    specversion: '1.0',
    id: `${check.check}/drift/${check.execution.slice(0, 8)}`,
    source: `/runbook/${encodeURIComponent(check.project)}/${encodeURIComponent(schedule)}`,
    type: 'io.runbook.drift',
    subject: schedule,
    time: check.at,
    datacontenttype: 'application/json',
    data: {
      schedule,
      runbook: check.runbook,
      title: check.title,
      inputs: { ...check.inputs } as DriftNotification['data']['inputs'],
      check: check.check,
      message: messageOf(change, check, now.length),
      appeared: list(change.appeared),
      gone: list(change.gone),
      unknown: list(change.unknown),
      known: list(change.known),
      drifting: now.length,
      failure: check.failure,
      commands: [
        ...(mends ? [{ command: check.mend, meaning: 'mend it' }] : []),
        { command: `runbook drift show ${check.runbook}`, meaning: 'what drifts, and since when' },
        { command: `runbook schedule show ${schedule}`, meaning: 'the last checks' },
      ],
    },
  };
}
