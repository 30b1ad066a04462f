import type { RunRecord, StepRecord } from '../../core/record.js';
import { hasEnded } from '../../core/run/outcome.js';
import type { Pulse } from '../../core/run/request.js';
import { joined, noTiming } from '../../core/run/timing.js';

/** An activity that the server has handed out and not yet got back. */
export interface Pending {
  /** Path of the step, or id of the probe. */
  readonly path: string;
  /** Attempt that is under way, 1 for the first. */
  readonly attempt: number;
  /** What its last heartbeat said. */
  readonly pulse: Pulse | null;
  /** Why the attempt before was lost. */
  readonly lastFailure: string | null;
  /** True while a worker is at it; false while it waits for one. */
  readonly started: boolean;
}

/** A run as it can be seen now: its record with what is known beyond it. */
export interface Sight {
  readonly record: RunRecord;
  /** What the engine has to say about a step, by path, such as a worker that was lost. */
  readonly notes: Readonly<Record<string, string>>;
  /** Why nothing newer can be seen; null when all is well. */
  readonly trouble: string | null;
}

function ofStep(step: StepRecord, pending: Pending | undefined): StepRecord {
  const drift = pending?.pulse?.drift ?? null;
  return drift === null || step.outcome !== null ? step : { ...step, drift };
}

function noteOf(pending: Pending): string | null {
  if (!pending.started && pending.attempt <= 1) return null;
  if (pending.attempt <= 1) return null;
  const why = pending.lastFailure === null ? '' : `: ${pending.lastFailure}`;
  return `attempt ${pending.attempt} after a worker was lost${why}`;
}

/** A step that an undo or the end of the run has overtaken does nothing any more, whatever it was at. */
export function settled(record: RunRecord): RunRecord {
  const asked = new Set(record.waitingFor.map((waiting) => waiting.path));
  const ended = hasEnded(record.state);
  const over = (step: StepRecord): boolean =>
    step.outcome === null &&
    step.phase !== null &&
    (ended || (record.state === 'undoing' && step.phase === 'waiting' && !asked.has(step.path)));
  if (!record.steps.some(over)) return record;
  return {
    ...record,
    steps: record.steps.map((step) => (over(step) ? { ...step, phase: null } : step)),
  };
}

/** The record with what the heartbeats of the work under way tell. */
export function withPulses(
  record: RunRecord,
  pending: readonly Pending[],
): Pick<Sight, 'record' | 'notes'> {
  if (pending.length === 0) return { record, notes: {} };
  const byPath = new Map(pending.map((one) => [one.path, one]));
  const notes: Record<string, string> = {};
  for (const one of pending) {
    const note = noteOf(one);
    if (note !== null) notes[one.path] = note;
  }
  const probes = record.probes.map((probe) => {
    const counts = byPath.get(probe.id)?.pulse?.probe;
    if (counts === undefined) return probe;
    return {
      ...probe,
      sent: probe.sent + counts.sent,
      failed: probe.failed + counts.failed,
      longestGapMs: Math.max(probe.longestGapMs, counts.longestGapMs),
      lastFailure: counts.lastFailure ?? probe.lastFailure,
      ...(counts.timing === undefined
        ? {}
        : { timing: joined(probe.timing ?? noTiming, counts.timing) }),
    };
  });
  const steps = record.steps.map((step) => ofStep(step, byPath.get(step.path)));
  return { record: { ...record, steps, probes }, notes };
}
