import type { Failure, RunRecord, StepRecord } from '../record.js';
import type { ItemReport } from './items.js';
import { hasEnded, type StepPhase } from './outcome.js';
import { changeStep } from './step-record.js';

/** What an item's run is doing, as the phase of a step. */
function phaseOf({ state }: ItemReport): StepPhase {
  switch (state) {
    case 'parked':
      return 'parked';
    case 'undoing':
      return 'undoing';
    case 'queued':
    case 'waiting':
    case 'paused':
      return 'waiting';
    default:
      return 'applying';
  }
}

function failureIn({ state, failure }: ItemReport): Failure | null {
  if (state === 'succeeded') return null;
  if (failure !== null || state === 'done') return failure;
  return {
    code: 'item-failed',
    message: `its run has ended: ${state}`,
    hint: null,
    class: 'permanent',
  };
}

function ended(found: StepRecord, report: ItemReport, at: string): StepRecord {
  const failure = failureIn(report);
  // Put back on its own or with everything: what it had changed is there no more.
  const restored = found.restored || report.state === 'undone';
  const outcome = failure === null ? (report.changed ? 'changed' : 'unchanged') : 'failed';
  const { claims } = report;
  return {
    ...found,
    phase: null,
    restored,
    failure,
    endedAt: at,
    outcome,
    note: null,
    ...(claims === undefined ? {} : { claims: [...claims] }),
  };
}

/** A record with what the run of an item has told of itself. */
export function withItem(record: RunRecord, report: ItemReport, at: string): RunRecord {
  const through = report.state === 'done' || hasEnded(report.state);
  const next = changeStep(record, report.path, (found) => {
    // The end of a run whose steps were through before adds nothing to how they ended.
    if (through && found.endedAt !== null && report.state !== 'undone')
      return found.phase === 'checking' ? { ...found, phase: null } : found;
    if (through) return ended(found, report, at);
    const phase = phaseOf(report);
    return { ...found, phase, outcome: null, endedAt: null };
  });
  return {
    ...next,
    targets: [...new Set([...record.targets, ...report.targets])],
    waitingFor: [
      ...record.waitingFor.filter(({ path }) => !path.startsWith(`${report.path}/`)),
      ...report.waitingFor,
    ],
  };
}
