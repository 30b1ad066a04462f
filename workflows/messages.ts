import type { UpdateDefinition } from '@temporalio/common';
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { RunRecord } from '../core/record.js';
import type { ItemBeginning } from '../core/run/past.js';
import type { Resume } from '../core/run/request.js';
import type { Decision } from '../core/run/control.js';
import { decisionVerbs, type DecisionVerb } from '../core/run/outcome.js';

/** A decision, without its verb: that is the name of the update. */
export type DecisionArgs = Omit<Decision, 'verb'>;

type DecisionUpdate = UpdateDefinition<void, [DecisionArgs]>;

/** One update per verb, so that history and Web UI read `retry`, `skip`, `approve`. */
export const decisionUpdates: ReadonlyMap<DecisionVerb, DecisionUpdate> = new Map(
  decisionVerbs.map((verb) => [verb, defineUpdate<void, [DecisionArgs]>(verb)]),
);

/** What another run needs to put back what this one has changed; null before it has begun. */
export const resumeQuery = defineQuery<Resume | null>('resume');

/** What the run of an item was begun with; null for a run that is none. */
export const beginningQuery = defineQuery<ItemBeginning | null>('beginning');

/** The run record as it is now. */
export const recordQuery = defineQuery<RunRecord>('record');
