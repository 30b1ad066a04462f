import type { Plan, PlannedStep, RunRecord, StepRecord, Waiting } from '../../core/record.js';
import { unicode } from '../../client/view/glyphs.js';
import type { Screen } from '../../client/view/step.js';
import type { Line } from '../../client/view/line.js';
import { textOf } from '../../client/view/line.js';

/** Noon of the day on which all test records take place, UTC. */
export const noon = Date.parse('2026-11-24T12:00:00.000Z');

/** A moment so many seconds after noon. */
export const at = (seconds: number): string => new Date(noon + seconds * 1000).toISOString();

/** A screen at a fixed time, in UTC. */
export function screen(columns = 80, seconds = 60): Screen {
  return {
    columns,
    glyphs: unicode,
    clock: { now: noon + seconds * 1000, offsetMinutes: () => 0 },
  };
}

/** A step that has not begun. */
export function step(path: string, facts: Partial<StepRecord> = {}): StepRecord {
  return {
    path,
    title: path.replace(/^.*\//, '').replace(/\[.*$/, ''),
    kind: 'action',
    action: 'linux.file',
    target: facts.phase === undefined && facts.outcome === undefined ? null : 'web-1',
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
    ...facts,
  };
}

/** A step that has changed something. */
export function changed(path: string, from: number, to: number, drift: string): StepRecord {
  return step(path, {
    outcome: 'changed',
    drift,
    applied: true,
    resource: `file/${path}`,
    attempts: 1,
    startedAt: at(from),
    endedAt: at(to),
  });
}

/** A run that is going on. */
export function record(facts: Partial<RunRecord> = {}): RunRecord {
  return {
    run: 'deploy-web-1-20261124-1',
    runbook: 'deploy',
    title: 'Deploy the site',
    state: 'running',
    inputs: { host: 'web-1', version: '1.2' },
    targets: ['web-1'],
    planHash: null,
    definitionHash: 'd'.repeat(64),
    startedBy: 'ada@ops',
    startedAt: at(0),
    endedAt: null,
    locks: ['host/web-1'],
    steps: [],
    probes: [],
    children: [],
    decisions: [],
    waitingFor: [],
    failure: null,
    outputs: {},
    ...facts,
  };
}

/** A step's wait for a decision. */
export function waiting(path: string, facts: Partial<Waiting> = {}): Waiting {
  return {
    path,
    kind: 'park',
    message: 'command-failed: exit 1',
    since: at(30),
    until: null,
    verbs: ['retry', 'skip', 'confirm', 'undo', 'cancel'],
    ...facts,
  };
}

/** A line of a plan. */
export function planned(path: string, facts: Partial<PlannedStep> = {}): PlannedStep {
  return {
    path,
    title: path,
    kind: 'no-op',
    action: 'linux.file',
    target: 'web-1',
    drift: null,
    before: null,
    ...facts,
  };
}

/** A plan of some steps. */
export function plan(steps: readonly PlannedStep[], facts: Partial<Plan> = {}): Plan {
  return {
    runbook: 'deploy',
    hash: 'abcdef0123456789'.repeat(4),
    inputs: { host: 'web-1' },
    at: at(0),
    changes: steps.filter(({ kind }) => ['change', 'disrupt', 'destroy'].includes(kind)).length,
    refused: false,
    steps: [...steps],
    ...facts,
  };
}

/** Lines as one reads them. */
export function read(lines: readonly Line[]): string {
  return lines.map((pieces) => textOf(pieces).trimEnd()).join('\n');
}
