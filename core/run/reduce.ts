import { excerpt } from '../excerpt.js';
import type { ItemReport } from './items.js';
import { withItem } from './item-record.js';
import type { Json } from '../json.js';
import type {
  DecisionRecord,
  Failure,
  ProbeRecord,
  RunRecord,
  StepRecord,
  Waiting,
} from '../record.js';
import {
  hasEnded,
  type EndedState,
  type RunState,
  type StepOutcome,
  type StepPhase,
} from './outcome.js';
import { changeStep as step } from './step-record.js';

/** Something that happened in a run. The record is the sum of its events. */
export type RunEvent =
  | { readonly type: 'queued'; readonly locks: readonly string[] }
  | { readonly type: 'locked'; readonly locks: readonly string[] }
  | { readonly type: 'running' }
  | { readonly type: 'undoing' }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'targets'; readonly targets: readonly string[] }
  | { readonly type: 'steps'; readonly after: string | null; readonly steps: readonly StepRecord[] }
  | { readonly type: 'expanded'; readonly path: string; readonly into: readonly StepRecord[] }
  | {
      readonly type: 'step-phase';
      readonly path: string;
      readonly phase: StepPhase;
      readonly at: string;
    }
  | {
      readonly type: 'step-checked';
      readonly path: string;
      readonly drift: string | null;
      readonly before: Json;
      readonly output: StepRecord['output'];
      readonly resource: string | null;
    }
  | {
      readonly type: 'step-attempt';
      readonly path: string;
      readonly attempt: number;
      readonly at: string;
    }
  | { readonly type: 'step-applying'; readonly path: string }
  /** Its work was ended from outside; what it has changed is as it was at that moment. */
  | { readonly type: 'step-halted'; readonly path: string }
  | {
      readonly type: 'step-ended';
      readonly path: string;
      readonly outcome: StepOutcome;
      readonly at: string;
      readonly output?: StepRecord['output'];
      readonly note?: string;
    }
  | {
      readonly type: 'step-failed';
      readonly path: string;
      readonly failure: Failure;
      readonly at: string;
    }
  | { readonly type: 'step-target'; readonly path: string; readonly target: string }
  | { readonly type: 'step-restored'; readonly path: string }
  | { readonly type: 'step-undone'; readonly path: string; readonly at: string }
  | { readonly type: 'step-undo-failed'; readonly path: string; readonly failure: Failure }
  | { readonly type: 'step-noted'; readonly path: string; readonly note: string | null }
  /** It begins anew; `kept`: what it has changed is still so, and its `before` is still what undo puts back. */
  | { readonly type: 'step-reset'; readonly path: string; readonly kept?: boolean }
  /** The run of an item was begun, or is to begin again. */
  | {
      readonly type: 'item-begun';
      readonly path: string;
      readonly run: string;
      readonly at: string;
    }
  /** The run of an item, whose steps are through, is to look at them again. */
  | { readonly type: 'item-look'; readonly path: string }
  /** The run of an item has told how it stands. */
  | { readonly type: 'item'; readonly report: ItemReport; readonly at: string }
  /** All steps of an item are through. */
  | { readonly type: 'done' }
  | { readonly type: 'waiting'; readonly waiting: Waiting }
  | { readonly type: 'decided'; readonly path: string }
  | { readonly type: 'decision'; readonly decision: DecisionRecord }
  | { readonly type: 'probe'; readonly probe: ProbeRecord }
  | { readonly type: 'failure'; readonly failure: Failure | null }
  | { readonly type: 'outputs'; readonly outputs: Readonly<Record<string, Json>> }
  | { readonly type: 'plan'; readonly hash: string }
  | { readonly type: 'ended'; readonly state: EndedState; readonly at: string };

/** A step of which nothing is known yet. */
export function pendingStep(
  facts: Pick<StepRecord, 'path' | 'title' | 'kind' | 'action' | 'target'>,
): StepRecord {
  return {
    ...facts,
    phase: null,
    outcome: null,
    drift: null,
    before: null,
    output: null,
    resource: null,
    applied: false,
    restored: false,
    attempts: 0,
    startedAt: null,
    endedAt: null,
    failure: null,
    note: null,
  };
}

const maxDrift = 256;
const maxMessage = 1024;

function clipped(failure: Failure): Failure {
  return { ...failure, message: excerpt(failure.message, maxMessage) };
}

/** State of an open run, from what it is doing and what it waits for. */
function stateOf(record: RunRecord, doing: RunState): RunState {
  if (hasEnded(doing)) return doing;
  if (record.waitingFor.some((waiting) => waiting.kind === 'park')) return 'parked';
  if (record.waitingFor.length > 0) return 'waiting';
  return doing;
}

/** What the run is doing apart from waiting: kept beside the record, since `waitingFor` hides it. */
export interface RunProgress {
  readonly record: RunRecord;
  readonly doing: RunState;
}

/** The next record. Pure: equal events make equal records. */
export function reduce(progress: RunProgress, event: RunEvent): RunProgress {
  const doing = doingAfter(progress.doing, event);
  const record = apply(progress.record, event);
  return { doing, record: { ...record, state: stateOf(record, doing) } };
}

function doingAfter(doing: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'queued':
      return 'queued';
    case 'locked':
    case 'running':
    case 'resumed':
      return doing === 'undoing' ? doing : 'running';
    case 'undoing':
      return 'undoing';
    case 'paused':
      return 'paused';
    case 'done':
      return 'done';
    case 'ended':
      return event.state;
    default:
      return doing;
  }
}

function apply(record: RunRecord, event: RunEvent): RunRecord {
  switch (event.type) {
    case 'queued':
    case 'locked':
      return { ...record, locks: [...event.locks] };
    case 'running':
    case 'undoing':
    case 'paused':
    case 'resumed':
    case 'done':
      return record;
    case 'targets':
      return { ...record, targets: [...new Set([...record.targets, ...event.targets])] };
    case 'steps': {
      const at =
        event.after === null
          ? record.steps.length
          : record.steps.findIndex((candidate) => candidate.path === event.after) + 1;
      return { ...record, steps: record.steps.toSpliced(at, 0, ...event.steps) };
    }
    case 'expanded': {
      const at = record.steps.findIndex((candidate) => candidate.path === event.path);
      return { ...record, steps: record.steps.toSpliced(at, 1, ...event.into) };
    }
    case 'step-phase':
      return step(record, event.path, (found) => ({
        ...found,
        phase: event.phase,
        outcome: null,
        endedAt: null,
        startedAt: found.startedAt ?? event.at,
      }));
    case 'step-checked':
      return step(record, event.path, (found) => ({
        ...found,
        drift: event.drift === null ? null : excerpt(event.drift, maxDrift),
        // What was found at first is what undo puts back: an apply begun earlier keeps its `before`.
        before: found.applied ? found.before : event.before,
        output: event.output,
        resource: event.resource,
      }));
    case 'step-attempt':
      return step(record, event.path, (found) => ({
        ...found,
        phase: 'checking',
        outcome: null,
        endedAt: null,
        attempts: event.attempt,
        startedAt: found.startedAt ?? event.at,
      }));
    case 'step-applying':
      return step(record, event.path, (found) => ({
        ...found,
        phase: 'applying',
        applied: true,
        restored: false,
      }));
    case 'step-halted':
      return step(record, event.path, (found) => ({ ...found, phase: null }));
    case 'step-ended':
      return step(record, event.path, (found) => ({
        ...found,
        phase: null,
        outcome: event.outcome,
        startedAt: found.startedAt ?? event.at,
        endedAt: event.at,
        failure: event.outcome === 'failed' ? found.failure : null,
        ...(event.output === undefined ? {} : { output: event.output }),
        ...(event.note === undefined ? {} : { note: event.note }),
      }));
    case 'step-failed':
      return step(record, event.path, (found) => ({
        ...found,
        phase: null,
        outcome: 'failed',
        startedAt: found.startedAt ?? event.at,
        endedAt: event.at,
        failure: clipped(event.failure),
      }));
    case 'step-target':
      return step(record, event.path, (found) => ({ ...found, target: event.target }));
    case 'step-restored':
      return step(record, event.path, (found) => ({ ...found, restored: true }));
    case 'step-undone':
      return step(record, event.path, (found) => ({
        ...found,
        phase: null,
        outcome: 'undone',
        restored: true,
        failure: null,
        endedAt: event.at,
      }));
    case 'step-undo-failed':
      return step(record, event.path, (found) => ({ ...found, failure: clipped(event.failure) }));
    case 'step-noted':
      return step(record, event.path, (found) => ({ ...found, note: event.note }));
    case 'step-reset':
      return step(record, event.path, (found) => ({
        ...pendingStep({
          path: found.path,
          title: found.title,
          kind: found.kind,
          action: found.action,
          target: found.target,
        }),
        ...(event.kept === true
          ? { applied: true, before: found.before, resource: found.resource }
          : {}),
      }));
    case 'item-begun':
      return {
        ...step(record, event.path, (found) => ({
          ...found,
          phase: 'applying',
          applied: true,
          restored: false,
          outcome: null,
          failure: null,
          note: null,
          endedAt: null,
          startedAt: found.startedAt ?? event.at,
        })),
        children: [...new Set([...record.children, event.run])],
      };
    case 'item-look':
      return step(record, event.path, (found) => ({ ...found, phase: 'checking' }));
    case 'item':
      return withItem(record, event.report, event.at);
    case 'waiting':
      return {
        ...record,
        waitingFor: [
          ...record.waitingFor.filter((waiting) => waiting.path !== event.waiting.path),
          { ...event.waiting, message: excerpt(event.waiting.message, maxMessage) },
        ],
      };
    case 'decided':
      return { ...record, waitingFor: record.waitingFor.filter((w) => w.path !== event.path) };
    case 'decision':
      return { ...record, decisions: [...record.decisions, event.decision] };
    case 'probe':
      return {
        ...record,
        probes: [...record.probes.filter((probe) => probe.id !== event.probe.id), event.probe],
      };
    case 'failure':
      return { ...record, failure: event.failure === null ? null : clipped(event.failure) };
    case 'outputs':
      return { ...record, outputs: { ...event.outputs } };
    case 'plan':
      return { ...record, planHash: event.hash };
    case 'ended':
      return { ...record, waitingFor: [], endedAt: event.at };
    default: {
      const never: never = event;
      return never;
    }
  }
}
