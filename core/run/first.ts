import type { RunRecord } from '../record.js';
import type { Fence } from './lease.js';
import type { RunRequest } from './request.js';
import type { RunState } from './run.js';

/** What the record of a run takes over from how it was asked for. */
type Asked = Pick<
  RunRequest,
  'runbook' | 'within' | 'proposal' | 'inputs' | 'planHash' | 'definitionHash' | 'user'
>;

/** Record of a run of which nothing is known but how it was asked for. `startedAt`: RFC 3339, UTC. */
export function firstRecord(run: string, request: Asked, startedAt: string): RunRecord {
  const { runbook, within, proposal } = request;
  return {
    run,
    ...(within === undefined ? {} : { parent: within.run }),
    runbook: runbook.name,
    title: runbook.title ?? runbook.name,
    state: 'resolving',
    inputs: request.inputs as RunRecord['inputs'],
    targets: [],
    planHash: request.planHash,
    definitionHash: request.definitionHash,
    startedBy: request.user,
    ...(proposal === undefined ? {} : { proposal }),
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
