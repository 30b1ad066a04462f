import { describe, expect, test } from '@jest/globals';
import { withPulses, type Pending } from '../../../client/view/live.js';
import { at, record, step } from '../records.js';

const pending = (path: string, facts: Partial<Pending> = {}): Pending => ({
  path,
  attempt: 1,
  pulse: null,
  lastFailure: null,
  started: true,
  ...facts,
});

describe('withPulses', () => {
  const probe = { sent: 10, failed: 1, longestGapMs: 200, maxFailed: null, lastFailure: 'old' };
  const run = record({
    steps: [
      step('a', { phase: 'applying', startedAt: at(1), drift: 'at first' }),
      step('b', { outcome: 'changed', drift: 'what differed' }),
    ],
    probes: [{ id: 'http', ...probe }],
  });

  test('a step’s live drift replaces what its check found', () => {
    const { record: seen } = withPulses(run, [pending('a', { pulse: { drift: 'two pods left' } })]);
    expect(seen.steps[0]?.drift).toBe('two pods left');
  });

  test('a step that has ended keeps what it was', () => {
    const { record: seen } = withPulses(run, [pending('b', { pulse: { drift: 'late' } })]);
    expect(seen.steps[1]?.drift).toBe('what differed');
  });

  test('a beat without words leaves the drift', () => {
    const { record: seen } = withPulses(run, [pending('a', { pulse: { drift: null } })]);
    expect(seen.steps[0]?.drift).toBe('at first');
  });

  test('counts of a probe are added to those of an earlier history', () => {
    const pulse = {
      drift: null,
      probe: { sent: 5, failed: 2, longestGapMs: 100, lastFailure: 'new' },
    };
    const { record: seen } = withPulses(run, [pending('http', { pulse })]);
    expect(seen.probes[0]).toMatchObject({
      sent: 15,
      failed: 3,
      longestGapMs: 200,
      lastFailure: 'new',
    });
  });

  test('a lost worker is told', () => {
    const { notes } = withPulses(run, [
      pending('a', { attempt: 2, lastFailure: 'activity Heartbeat timeout' }),
    ]);
    expect(notes['a']).toBe('attempt 2 after a worker was lost: activity Heartbeat timeout');
  });

  test('nothing pending changes nothing', () => {
    expect(withPulses(run, []).record).toBe(run);
  });
});
