import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { JsonObject } from '../core/json.js';
import type { Receiver } from '../core/definition/notify.js';
import type { Notification } from '../core/notification.js';
import type { Plan, RunRecord } from '../core/record.js';
import type { SignatureAnswer, SignatureRequest } from '../core/run/engine.js';
import type { LeaseAnswer } from '../core/run/lease.js';
import type { DriftCheck, DriftKept } from '../core/run/drift.js';
import type { ItemPast } from '../core/run/past.js';
import type { Callee, Surroundings } from '../core/run/program.js';
import type { Runbook } from '../core/definition/runbook.js';
import type { PlanBasis, Resolved } from '../activities/definition.js';
import type { LeaseRequest } from '../activities/leases.js';

/** What the workers do for the engine itself, besides the verbs of actions. */
export interface EngineActivities {
  resolve(runbook: Runbook, inputs: JsonObject, around: Surroundings): Promise<Resolved>;
  callee(name: string, inputs: JsonObject, around: Surroundings): Promise<Callee>;
  problems(action: string, io: 'input' | 'output', value: JsonObject): Promise<readonly string[]>;
  planHash(basis: PlanBasis, plan: Omit<Plan, 'hash' | 'at'>): Promise<string>;
  verifySignature(request: SignatureRequest): Promise<SignatureAnswer>;
  acquireLease(request: LeaseRequest): Promise<LeaseAnswer>;
  releaseLeases(request: {
    readonly resources: readonly string[];
    readonly run: string;
  }): Promise<void>;
  itemPast(run: string): Promise<ItemPast>;
  archive(record: RunRecord): Promise<void>;
  recordDrift(check: DriftCheck): Promise<DriftKept>;
  notify(event: Notification, receiver: Receiver): Promise<void>;
}

/** Quick, without side effects, served by any worker of the project. */
export const quick = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** With effects outside of the workflow: tried until it works. */
export const lasting = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});
