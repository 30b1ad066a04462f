import { describe, expect, test } from '@jest/globals';
import { changes, standsStill } from '../../../client/view/changes.js';
import { at, changed, record, step, waiting } from '../records.js';

const kinds = (...args: Parameters<typeof changes>): string[] =>
  changes(...args).map((change) =>
    change.type === 'step' ? `step ${change.step.path}` : change.type,
  );

describe('changes', () => {
  test('a first look tells everything that has begun', () => {
    const run = record({ steps: [changed('a', 1, 2, 'x'), step('b')] });
    expect(kinds(null, run)).toEqual(['state', 'step a']);
  });

  test('nothing new, nothing told', () => {
    const run = record({ steps: [changed('a', 1, 2, 'x')] });
    expect(changes(run, structuredClone(run))).toEqual([]);
  });

  test('steps that ended come in the order in which they did', () => {
    const before = record({ steps: [step('a'), step('b')] });
    const after = record({ steps: [changed('a', 1, 5, 'x'), changed('b', 1, 3, 'x')] });
    expect(kinds(before, after)).toEqual(['step b', 'step a']);
  });

  test('a park: first the step, then that the run waits, then what it asks', () => {
    const before = record({ steps: [step('a', { phase: 'applying' })] });
    const after = record({
      state: 'parked',
      steps: [step('a', { phase: 'parked' })],
      waitingFor: [waiting('a')],
    });
    expect(kinds(before, after)).toEqual(['step a', 'state', 'waiting']);
  });

  test('a second park of the same step is told again', () => {
    const first = record({ state: 'parked', waitingFor: [waiting('a')] });
    const second = record({ state: 'parked', waitingFor: [waiting('a', { since: at(99) })] });
    expect(kinds(first, second)).toEqual(['waiting']);
  });

  test('live drift, decisions, the end', () => {
    const before = record({ steps: [step('a', { phase: 'applying', drift: 'one' })] });
    const decision = { at: at(3), by: 'ada', verb: 'pause', step: null, reason: '' } as const;
    const later = record({
      steps: [step('a', { phase: 'applying', drift: 'two' })],
      decisions: [decision],
    });
    expect(kinds(before, later)).toEqual(['decision', 'drift']);
    expect(kinds(later, { ...later, state: 'cancelled' })).toEqual(['ended']);
  });
});

describe('standsStill', () => {
  test('running, queued: no', () => {
    expect(standsStill(record())).toBe(false);
    expect(standsStill(record({ state: 'queued' }))).toBe(false);
  });
  test('paused: yes', () => {
    expect(standsStill(record({ state: 'paused' }))).toBe(true);
  });
  test('parked while a sibling is at work: not yet', () => {
    const run = record({
      state: 'parked',
      steps: [
        step('both', { kind: 'parallel', phase: 'applying' }),
        step('both/a', { phase: 'parked' }),
        step('both/b', { phase: 'applying' }),
      ],
      waitingFor: [waiting('both/a')],
    });
    expect(standsStill(run)).toBe(false);
    const done = run.steps.map((one) =>
      one.path === 'both/b' ? changed('both/b', 1, 2, 'x') : one,
    );
    expect(standsStill({ ...run, steps: done })).toBe(true);
  });
});
