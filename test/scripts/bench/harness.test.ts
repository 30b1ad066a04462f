import { expect, test } from '@jest/globals';
import { interleaved, slope } from '../../../scripts/bench/harness.js';
import { median, ratio } from '../../../scripts/bench/stats.js';

test('rounds begin with another variant each, and the first round is not counted', async () => {
  const order: string[] = [];
  const variant = (name: string) => ({
    name,
    once: () => Promise.resolve(order.push(name)),
  });
  const series = await interleaved([variant('a'), variant('b')], 2, () => undefined);
  expect(order.join('')).toBe('abbaab');
  expect(series).toEqual({ a: [4, 5], b: [3, 6] });
});

test('the middle of an even number of values lies between two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test('the interval of a ratio holds it, and is the same each time', () => {
  const over = [20, 22, 19, 21, 40, 20, 18];
  const under = [10, 11, 10, 10, 21, 9, 10];
  const found = ratio(over, under);
  expect(found).toEqual(ratio(over, under));
  expect(found.value).toBe(2);
  expect(found.low).toBeLessThanOrEqual(2);
  expect(found.high).toBeGreaterThanOrEqual(2);
});

test('the slope is the cost of one more step, round by round', () => {
  expect(slope([10, 20], [50, 100], 40)).toEqual([1, 2]);
});
