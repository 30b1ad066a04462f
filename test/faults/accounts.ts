import type { Mark } from './ledger.js';
import type { Evidence } from './evidence.js';
import { record, step } from '../client/records.js';
import { effectSteps, lastStep } from './reference.js';
import type { RunRecord, StepRecord } from '../../core/record.js';

// Evidence of runs that never were, for the tests of the checker.

const run = 'ref-1';
let pid = 100;

export function mark(step: string, word: Mark['word'], more: Partial<Mark> = {}): Mark {
  return { run, step, verb: 'apply', attempt: 1, fence: null, pid: (pid += 1), word, ...more };
}

export function done(step: string, verb: Mark['verb'] = 'apply'): Mark[] {
  return [mark(step, 'start', { verb }), mark(step, 'end', { verb })];
}

/** The record's step for a name; some stand in a group or in a runbook that is called. */
function recorded(name: string, facts: Partial<StepRecord>): StepRecord {
  const groups: Record<string, string> = { s05: 'pair/', s06: 'pair/', s08: 'part/', s09: 'part/' };
  return step(`${groups[name] ?? ''}${name}`, { action: 'linux.command', ...facts });
}

const changed: Partial<StepRecord> = { applied: true, outcome: 'changed' };
const undone: Partial<StepRecord> = { applied: true, outcome: 'undone', restored: true };

function account(
  state: RunRecord['state'],
  exit: number,
  marks: readonly Mark[],
  facts: Partial<StepRecord>,
  there: readonly string[],
): Evidence {
  return {
    run,
    marks,
    effects: Object.fromEntries(there.map((name) => [name, 1])),
    record: {
      ...record(),
      run,
      state,
      steps: [...effectSteps.map((name) => recorded(name, facts)), recorded(lastStep, changed)],
      failure: null,
    },
    exit,
    processes: [],
    leases: [],
  };
}

/** A run that went as it should. */
export function succeeded(): Evidence {
  const all = [...effectSteps, lastStep];
  return account(
    'succeeded',
    0,
    all.flatMap((name) => done(name)),
    changed,
    all,
  );
}

/** A run that was put back as it should. */
export function undoneRun(): Evidence {
  const marks = [
    ...effectSteps.flatMap((name) => done(name)),
    ...effectSteps.toReversed().flatMap((name) => done(name, 'undo')),
    ...done(lastStep),
  ];
  return account('undone', 4, marks, undone, [lastStep]);
}
