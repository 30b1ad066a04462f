import type { JsonObject } from '../core/json.js';
import type { Plan, RunRecord } from '../core/record.js';
import type { DriftCheck, DriftKept } from '../core/run/drift.js';
import type { Surroundings } from '../core/run/program.js';
import type { Runbook } from '../core/definition/runbook.js';
import {
  callee,
  planHash,
  problemsOf,
  resolve,
  type Library,
  type PlanBasis,
} from './definition.js';
import { dispatcher, type DispatchDeps } from './dispatch.js';
import { toApplicationFailure, toRetryableFailure } from './failure.js';
import { itemPast } from './item-past.js';
import { acquireLease, releaseLeases } from './leases.js';
import { notifier, type NotifyDeps } from './notify/notify.js';
import { verifySignature } from './votes/verify.js';

/** What the activities of a worker need. */
export interface ActivityDeps extends DispatchDeps {
  readonly notify: NotifyDeps;
  readonly library: Library;
  /** Keeps the record of a run that has ended. */
  archive(record: RunRecord): Promise<void>;
  /** Keeps what a check for drift found; answers what has changed. */
  recordDrift(check: DriftCheck): Promise<DriftKept>;
}

/** Errors of the engine's own activities become failures as those of actions do. */
function mapped<A extends unknown[], R>(
  work: (...args: A) => R | Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      throw toApplicationFailure(error);
    }
  };
}

/** The activities of a worker: one for every verb of every action, and those of the engine. */
export function createActivities(deps: ActivityDeps) {
  const { catalog, library } = deps;
  return {
    default: dispatcher(deps),
    resolve: mapped((runbook: Runbook, inputs: JsonObject, around: Surroundings) =>
      resolve(catalog, library, runbook, inputs, around),
    ),
    callee: mapped((name: string, inputs: JsonObject, around: Surroundings) =>
      callee(catalog, library, name, inputs, around),
    ),
    problems: mapped((action: string, io: 'input' | 'output', value: JsonObject) =>
      problemsOf(catalog, action, io, value),
    ),
    planHash: mapped((basis: PlanBasis, plan: Omit<Plan, 'hash' | 'at'>) => planHash(basis, plan)),
    verifySignature,
    acquireLease,
    releaseLeases,
    itemPast: mapped(itemPast),
    archive: (record: RunRecord) => deps.archive(record),
    recordDrift: async (check: DriftCheck) => {
      try {
        return await deps.recordDrift(check);
      } catch (error) {
        throw toRetryableFailure(error);
      }
    },
    notify: notifier(deps.notify),
  };
}
