import type { Runbook } from '../definition/runbook.js';
import type { Json } from '../json.js';
import type { RunRecord } from '../record.js';
import type { Bound } from './frame.js';
import type { Fence } from './lease.js';
import type { Resume, Undoing } from './request.js';
import type { RunState } from './run.js';

/** What the run of an item was begun with. */
export interface ItemBeginning {
  readonly runbook: Runbook;
  readonly files: Readonly<Record<string, Json>>;
  readonly bound: Bound;
  /** Where it was itself to put something back: whose changes, as its expressions know that run. */
  readonly undoes: Undoing['of'] | null;
}

/** The run of an item, which has ended, as far as another one needs it to put back what it had changed. */
export interface ItemPast extends ItemBeginning {
  readonly resume: Resume;
}

/** The run that is to put back what another one had changed. */
export interface Undoer {
  readonly run: string;
  /** For that of an item: the run around it. */
  readonly parent?: string;
  readonly user: string;
  /** RFC 3339 UTC. */
  readonly startedAt: string;
  /** Leases of the run around it. */
  readonly lent?: readonly Fence[];
  /** Where it is done without a server. */
  readonly local?: RunRecord['local'];
}

/** A run as expressions know it. */
export function expressed({ run, startedAt, startedBy }: RunRecord): Undoing['of'] {
  return { id: run, startedAt, user: startedBy };
}

function recordOf(old: RunRecord, by: Undoer): RunRecord {
  const { parent: _item, proposal: _started, local: _there, ...rest } = old;
  return {
    ...rest,
    run: by.run,
    ...(by.parent === undefined ? {} : { parent: by.parent }),
    ...(by.local === undefined ? {} : { local: by.local }),
    undoes: old.run,
    title: `Undo of ${old.run}`,
    state: 'resolving',
    startedBy: by.user,
    startedAt: by.startedAt,
    endedAt: null,
    planHash: null,
    locks: [],
    probes: [],
    children: [],
    decisions: [],
    waitingFor: [],
    failure: null,
    outputs: {},
  };
}

/** State of a run that puts back what another one, which has ended, had changed: the steps of that one, nothing of them put back yet. */
export function stateToUndo(old: RunState, by: Undoer): RunState {
  const lent = by.lent ?? [];
  return {
    ...old,
    progress: { doing: 'resolving', record: recordOf(old.progress.record, by) },
    stage: 'steps',
    leases: Object.fromEntries(lent.map(({ resource, mode }) => [resource, mode])),
    keptLeases: lent.map(({ resource }) => resource),
    brokenLeases: [],
    heldItems: [],
    paused: false,
  };
}
