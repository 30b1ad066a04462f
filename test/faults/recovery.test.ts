import { describe, expect, test } from '@jest/globals';
import { msNumberToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { begun, timeToRecover, type Begun, type Interrupted } from './recovery.js';

const lost: Interrupted = {
  execution: 'x',
  activity: 's01',
  attempt: 1,
  begunAt: 900,
  killedAt: 1000,
  nextKillAt: null,
};
const at = (activity: string | null, attempt: number, ms: number): Begun => ({
  activity,
  attempt,
  at: ms,
});

describe('the time until an attempt was begun again', () => {
  test('is that of the next attempt', () => {
    const attempts = [
      at(null, 1, 1100),
      at('s02', 1, 1200),
      at('s01', 2, 4000),
      at('s01', 1, 9000),
    ];
    expect(timeToRecover(lost, attempts)).toBe(3000);
    expect(timeToRecover({ ...lost, activity: null }, attempts)).toBe(100);
  });
  test('is not known where the next attempt was killed too, where it was through, or where it never came', () => {
    expect(timeToRecover(lost, [at('s01', 3, 8000)])).toBeNull();
    expect(timeToRecover(lost, [at('s01', 1, 900)])).toBeNull();
    expect(timeToRecover(lost, [])).toBeNull();
  });
  test('is not known where the next worker was killed before, or several attempts had failed', () => {
    const attempts = [at('s01', 2, 4000)];
    expect(timeToRecover({ ...lost, nextKillAt: 4001 }, attempts)).toBe(3000);
    expect(timeToRecover({ ...lost, nextKillAt: 3900 }, attempts)).toBeNull();
    expect(timeToRecover({ ...lost, attempt: 2 }, [at('s01', 3, 4000)])).toBeNull();
  });
});

test('a history says when the attempts began', () => {
  const event = (eventId: number, ms: number, more: object): object => ({
    eventId,
    eventTime: msNumberToTs(ms),
    ...more,
  });
  const { History } = proto.temporal.api.history.v1;
  const history = History.fromObject({
    events: [
      event(1, 100, { workflowTaskStartedEventAttributes: {} }),
      event(2, 150, { activityTaskScheduledEventAttributes: { activityId: 's01' } }),
      event(3, 200, { activityTaskStartedEventAttributes: { scheduledEventId: 2, attempt: 2 } }),
    ],
  });
  expect(begun(history)).toEqual([at(null, 1, 100), at('s01', 2, 200)]);
});
