import type { LocalBeginning } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import type { Fence } from '../../core/run/lease.js';
import type { RunState } from '../../core/run/run.js';

/** Record of a run of which nothing is known but how it was asked for. */
export function firstRecord(run: string, begin: LocalBeginning): RunRecord {
  const { request, reason, host, startedAt } = begin;
  const { runbook } = request;
  return {
    run,
    runbook: runbook.name,
    title: runbook.title ?? runbook.name,
    state: 'resolving',
    inputs: request.inputs as RunRecord['inputs'],
    targets: [],
    planHash: request.planHash,
    definitionHash: request.definitionHash,
    startedBy: request.user,
    startedAt,
    endedAt: null,
    locks: [],
    steps: [],
    probes: [],
    children: [],
    decisions: [],
    waitingFor: [],
    failure: null,
    outputs: {},
    local: { reason, host },
  };
}

/** State of a run that has not begun; `lent`: leases of the run around it. */
export function firstState(record: RunRecord, lent: readonly Fence[] = []): RunState {
  return {
    progress: { doing: 'resolving', record },
    stage: 'locks',
    ledger: [],
    edited: {},
    callees: {},
    leases: Object.fromEntries(lent.map(({ resource, mode }) => [resource, mode])),
    keptLeases: lent.map(({ resource }) => resource),
    paused: false,
  };
}
