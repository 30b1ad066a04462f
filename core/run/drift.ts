import type { JsonObject } from '../json.js';
import type { Failure, Plan, PlannedStep } from '../record.js';
import type { DriftNotification } from '../notification.js';
import { alters, type PlanKind } from './outcome.js';
import type { RunRequest } from './request.js';

/** Asks for a plan to be kept as a check for drift. */
export interface DriftOrder {
  /** Schedule that asks; null for a person. */
  readonly schedule: string | null;
  /** Command that would mend what is found. */
  readonly mend: string;
}

/** A step that a schedule has told of: it drifts, or cannot be checked. */
export interface ToldPlace {
  readonly path: string;
  readonly target: string | null;
  /** Kind of the planned step. */
  readonly kind: PlanKind;
  readonly title: string;
  /** When a check saw it first, RFC 3339 UTC. */
  readonly since: string;
}

/** What a schedule has told so far: it goes from check to check, whichever worker makes them. */
export interface Told {
  readonly places: readonly ToldPlace[];
  /** True where it has told that nothing could be checked. */
  readonly failed: boolean;
}

/** What keeping a check answers. */
export interface DriftKept {
  /** What is to be told; null where nothing has changed, or where a person asked. */
  readonly event: DriftNotification | null;
  readonly places: readonly ToldPlace[];
}

/** What one check for drift came to: everything that is kept of it. */
export interface DriftCheck {
  /** Id of its workflow. */
  readonly check: string;
  /** Temporal's id of that very execution: a workflow id may come again. */
  readonly execution: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly by: string;
  readonly schedule: string | null;
  readonly told: Told;
  readonly project: string;
  readonly runbook: string;
  readonly title: string;
  /** Inputs as they were given. */
  readonly inputs: JsonObject;
  readonly mend: string;
  /** Every step of the plan; none where no plan could be made. */
  readonly steps: readonly PlannedStep[];
  /** Why no plan could be made. */
  readonly failure: Failure | null;
}

/** What a check came to: its plan, or why there is none. */
export type CameTo = { readonly plan: Plan } | { readonly failure: Failure; readonly at: string };

/** True for a planned step whose target is not as the runbook wants it. */
export function drifts({ kind }: Pick<PlannedStep, 'kind'>): boolean {
  return alters(kind) || kind === 'does-not-hold';
}

/** A step without what nobody asks for once it is as wanted: the whole must fit into an activity's argument. */
function kept(step: PlannedStep): PlannedStep {
  return drifts(step) ? step : { ...step, before: null };
}

/** What is kept of a check. */
export function driftCheck(
  request: RunRequest,
  { schedule, mend }: DriftOrder,
  { check, execution, told }: Pick<DriftCheck, 'check' | 'execution' | 'told'>,
  came: CameTo,
): DriftCheck {
  const { runbook, inputs, user, project } = request;
  const planned = 'plan' in came;
  return {
    check,
    execution,
    told,
    at: planned ? came.plan.at : came.at,
    by: user,
    schedule,
    project: project['name'] ?? '',
    runbook: runbook.name,
    title: runbook.title ?? runbook.name,
    inputs,
    mend,
    steps: planned ? came.plan.steps.map(kept) : [],
    failure: planned ? null : came.failure,
  };
}
