import type { Receiver } from '../definition/notify.js';
import type { Runbook } from '../definition/runbook.js';
import type { JsonObject } from '../json.js';
import type { Failure, RunRecord } from '../record.js';
import type { VerbRequest } from './engine.js';
import type { Within } from './items.js';
import type { Fence } from './lease.js';
import type { PlanLine } from './moved.js';
import type { ActionFacts, Inputs, Surroundings } from './program.js';
import type { Noticed } from './notices.js';
import type { DriftOrder } from './drift.js';
import type { RunState } from './run.js';
import type { Timing } from './timing.js';

/** Argument of every run's workflow: all that it needs, fixed when it starts. */
export interface RunRequest extends Surroundings {
  /** Version of this shape and of the interpreter's expectations. */
  readonly version: 1;
  readonly runbook: Runbook;
  /** sha256 of the definition's canonical JSON. */
  readonly definitionHash: string;
  /** Inputs as given; the worker checks them and fills in defaults. */
  readonly inputs: JsonObject;
  readonly user: string;
  /** Queue for leases instead of being refused. */
  readonly wait: boolean;
  /** Refuse where a fresh plan has another hash. */
  readonly planHash: string | null;
  /** Steps of the plan with that hash, to tell by which a fresh one differs. */
  readonly planSteps?: readonly PlanLine[];
  /** What it was proposed with, where another has prepared it. */
  readonly proposal?: RunRecord['proposal'];
  /** Task queue of the project's workers. */
  readonly taskQueue: string;
  /** Who is told of what happens; nobody when left out. */
  readonly notify?: readonly Receiver[];
  /** For a plan: it is kept as a check for drift; not kept when left out. */
  readonly drift?: DriftOrder;
  /** For a run that puts back what one that has ended had changed: `resume` is the state of that one. */
  readonly undo?: Undoing;
  /** For the run of an item: what it gets from the run around it. */
  readonly within?: Within;
  /** Events after which the run goes on in a new history; null for the usual number. */
  readonly newHistoryAfter: number | null;
  /** State of an earlier history that this one goes on from. */
  readonly resume: Resume | null;
}

/** The facts of a request that expressions may use. */
export function surroundings(request: RunRequest): Surroundings {
  const { inventory, paths, project, files, approvers } = request;
  return { inventory, paths, project, files, ...(approvers === undefined ? {} : { approvers }) };
}

/** Whose changes are put back. */
export interface Undoing {
  /** The run that has ended, as its expressions know it. */
  readonly of: { readonly id: string; readonly startedAt: string; readonly user: string };
  /** Run whose memory of the changes is used: that one, or one that has begun to put them back. */
  readonly from: string;
  /** Also what is no longer as that run has left it. */
  readonly force: boolean;
  /** For the run of an item, which finds out for itself what `from` was: its place in the run around it. */
  readonly item?: Pick<Within, 'run' | 'root' | 'path' | 'fences'>;
  /** Why it could not find that out. */
  readonly lost?: Failure;
}

/** What a new history goes on from. */
export interface Resume {
  readonly state: RunState;
  readonly inputs: Inputs;
  readonly actions: Readonly<Record<string, ActionFacts>>;
  /** Leases as they were granted. */
  readonly fences?: readonly Fence[];
  /** What was told already; absent where nobody is told. */
  readonly noticed?: Noticed;
}

/** Argument of an activity that runs one verb of an action. */
export interface VerbCall extends VerbRequest {
  readonly run: { readonly id: string; readonly startedAt: string; readonly user: string };
  /** The targets that it needs: its own, those on the way, and those that its input names. */
  readonly inventory: Surroundings['inventory'];
  /** For a verb that changes something: the leases that it does so under. */
  readonly fences: readonly Fence[];
}

/** What a heartbeat tells: shown live by the CLI and in the Web UI. */
export interface Pulse {
  /** Why the step is still waiting; null when there is nothing to say. */
  readonly drift: string | null;
  /** Counts of a probe so far. */
  readonly probe?: {
    sent: number;
    failed: number;
    longestGapMs: number;
    lastFailure: string | null;
    timing?: Timing;
  };
}
