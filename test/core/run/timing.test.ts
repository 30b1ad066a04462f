import { describe, expect, test } from '@jest/globals';
import {
  joined,
  noTiming,
  percentile,
  plot,
  withCall,
  type Timing,
} from '../../../core/run/timing.js';

function calls(...times: readonly (number | null)[]): Timing {
  return times.reduce<Timing>(withCall, noTiming);
}

function sent({ buckets, lost }: Timing): number {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return sum(buckets.map(([, number]) => number)) + sum(lost);
}

describe('how long calls took', () => {
  test('percentiles are right within a fifth, and of answered calls only', () => {
    const timing = calls(...Array.from({ length: 99 }, () => 10), 500, null);
    for (const [part, ms] of [
      [0.5, 10],
      [0.98, 10],
      [1, 500],
    ] as const) {
      const found = percentile(timing, part) ?? 0;
      expect(found).toBeGreaterThanOrEqual(ms);
      expect(found).toBeLessThanOrEqual(ms * 1.2 + 1);
    }
    expect(percentile(calls(null, null), 0.5)).toBeNull();
    expect(percentile(noTiming, 0.99)).toBeNull();
  });

  test('the course stays short, loses no call, and keeps what was worst', () => {
    const times = Array.from({ length: 10_000 }, (_, at) => (at === 7000 ? null : (at % 50) + 1));
    const timing = calls(...times);
    expect(timing.worstMs.length).toBeLessThanOrEqual(40);
    expect(sent(timing)).toBe(10_000);
    expect(timing.each * (timing.worstMs.length - 1) + timing.last).toBe(10_000);
    const cell = timing.lost.findIndex((number) => number > 0);
    expect(cell).toBe(Math.floor(7000 / timing.each));
    expect(Math.max(...timing.worstMs)).toBe(50);
    expect(JSON.stringify(timing).length).toBeLessThan(600);
  });

  test('two attempts make one course, in their order', () => {
    const first = calls(...Array.from({ length: 100 }, () => 5));
    const second = calls(...Array.from({ length: 30 }, () => 80), null);
    const both = joined(first, second);
    expect(sent(both)).toBe(131);
    expect(both.worstMs[0]).toBe(5);
    expect(both.worstMs.at(-1)).toBe(80);
    expect(both.worstMs.length).toBeLessThanOrEqual(40);
    expect(joined(noTiming, second)).toEqual(second);
    expect(joined(first, noTiming)).toEqual(first);
  });

  test('a plot has a bar per cell, and a mark where calls were lost', () => {
    expect(plot(calls(1, 1000, null, 30))).toBe('▁█×▄');
    expect(plot(noTiming)).toBe('');
    expect(plot(calls(0))).toBe('▁');
  });
});
