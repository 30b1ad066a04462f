import { beforeEach, expect, test } from '@jest/globals';
import { Counting } from '../../activities/counting.js';

let now = 0;
const clock = (): number => now;
beforeEach(() => {
  now = 1000;
});

test('calls, failures, and the longest time without an answer', () => {
  const counting = new Counting(undefined, false, clock);
  now += 100;
  counting.answered(null);
  now += 300;
  counting.failed('refused');
  now += 50;
  counting.answered(undefined);
  expect(counting.soFar()).toEqual({
    sent: 3,
    failed: 1,
    longestGapMs: 350,
    lastFailure: 'refused',
  });
});

test('the end is the end of a gap, too', () => {
  const counting = new Counting(undefined, false, clock);
  counting.answered(null);
  now += 900;
  expect(counting.soFar().longestGapMs).toBe(0);
  expect(counting.atEnd().longestGapMs).toBe(900);
});

test('goes on from what another attempt had told', () => {
  const last = { sent: 10, failed: 2, longestGapMs: 500, lastFailure: 'before' };
  const counting = new Counting(last, false, clock);
  now += 10;
  counting.answered(null);
  expect(counting.atEnd()).toEqual({ ...last, sent: 11 });
  expect(last.sent).toBe(10);
});

test('times are kept where calls tell them, and a failed one is a hole in their course', () => {
  const counting = new Counting(undefined, true, clock);
  counting.answered(3);
  counting.failed('x'.repeat(1000));
  const { timing, lastFailure } = counting.soFar();
  expect(timing).toMatchObject({ lost: [0, 1], worstMs: [expect.any(Number), 0] });
  expect(lastFailure?.length).toBeLessThan(260);
  expect(new Counting(undefined, false, clock).atEnd()).not.toHaveProperty('timing');
});
