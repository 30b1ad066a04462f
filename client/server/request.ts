import { createHash } from 'node:crypto';
import type { Project } from '../../core/definition/loader.js';
import type { Runbook } from '../../core/definition/runbook.js';
import { canonical, type Json, type JsonObject } from '../../core/json.js';
import type { DriftOrder } from '../../core/run/drift.js';
import type { RunRequest } from '../../core/run/request.js';

/** How a run is asked for. */
export interface Asked {
  readonly project: Project;
  readonly runbook: Runbook;
  /** Inputs as given, without defaults. */
  readonly inputs: JsonObject;
  /** Data files that the runbook's expressions refer to, by name. */
  readonly files: Readonly<Record<string, Json>>;
  readonly user: string;
  readonly wait: boolean;
  readonly planHash: string | null;
  /** For a plan that is kept as a check for drift. */
  readonly drift?: DriftOrder | null;
  /** Steps of the plan with that hash. */
  readonly planSteps?: RunRequest['planSteps'];
  /** What it was proposed with. */
  readonly proposal?: RunRequest['proposal'];
}

/** sha256, hex, of a definition. */
export function definitionHash(runbook: Runbook | JsonObject): string {
  return createHash('sha256').update(canonical(runbook)).digest('hex');
}

/** The argument of a run's workflow. */
export function requestOf(asked: Asked): RunRequest {
  const { project, runbook, inputs, files, user, wait, planHash, drift = null } = asked;
  const { planSteps, proposal } = asked;
  return {
    version: 1,
    runbook,
    definitionHash: definitionHash(runbook),
    inputs,
    inventory: project.inventory,
    paths: project.paths,
    project: { id: project.id, name: project.name },
    files,
    user,
    wait,
    planHash,
    ...(planSteps === undefined ? {} : { planSteps }),
    ...(proposal === undefined ? {} : { proposal }),
    approvers: project.approvers,
    taskQueue: project.taskQueue,
    ...(project.file.notify === undefined ? {} : { notify: project.file.notify }),
    ...(drift === null ? {} : { drift }),
    newHistoryAfter: null,
    resume: null,
  };
}
