import { expect, test } from '@jest/globals';
import { Tally, upperBound } from './tally.js';

test('what no failure proves is the rule of three; a failure proves less', () => {
  expect(upperBound(0, 300)).toBeCloseTo(0.01);
  expect(upperBound(0, 3000)).toBeCloseTo(0.001);
  expect(upperBound(0, 0)).toBe(1);
  expect(upperBound(0, 1)).toBe(1);
  expect(upperBound(1, 300)).toBeGreaterThan(upperBound(0, 300));
  expect(upperBound(300, 300)).toBeCloseTo(1);
});

test('a violation makes the whole unsound, and its seed is told', () => {
  const tally = new Tally();
  const round = { name: 'mixed', seed: 5, trials: 4, histories: 9 };
  tally.add({ ...round, violations: [] }, new Map([['KILL worker', 2]]));
  expect(tally.sound).toBe(true);
  expect(tally.lines().join('\n')).not.toContain('failing');
  const violations = [{ invariant: 'I1', what: 's01 was never done' }] as const;
  tally.add({ ...round, seed: 6, violations }, new Map([['KILL worker', 1]]));
  expect(tally.sound).toBe(false);
  expect(tally.lines().join('\n')).toContain('failing seeds: 6');
  expect(tally.lines().join('\n')).toContain('      3  KILL worker');
});
