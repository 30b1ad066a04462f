import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Tally, timeSpent, upperBound, type Round } from './tally.js';

const round: Round = {
  name: 'mixed',
  seed: 5,
  trials: 4,
  histories: 9,
  violations: [],
  faults: {},
  recoveries: [],
  from: 0,
  to: 60_000,
};

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
  tally.add({ ...round, faults: { 'KILL worker': 2 } });
  expect(tally.sound).toBe(true);
  expect(tally.lines().join('\n')).not.toContain('failing');
  const violations = [{ invariant: 'I1', what: 's01 was never done' }] as const;
  tally.add({ ...round, seed: 6, violations, faults: { 'KILL worker': 1 } });
  expect(tally.sound).toBe(false);
  expect(tally.lines().join('\n')).toContain('failing seeds: 6');
  expect(tally.lines().join('\n')).toContain('      3  KILL worker');
});

test('time in which rounds go side by side counts once', () => {
  const at = (from: number, to: number): { from: number; to: number } => ({ from, to });
  expect(timeSpent([])).toBe(0);
  expect(timeSpent([at(50, 60), at(0, 10), at(5, 20), at(6, 8)])).toBe(30);
});

test('how long it took until work was begun again is told', () => {
  const tally = new Tally();
  tally.add(round);
  expect(tally.lines().join('\n')).not.toContain('begun again');
  tally.add({ ...round, recoveries: [9000, 1000, 12_500, 2000] });
  expect(tally.lines().join('\n')).toContain(
    '4 times, half of them within 2.0 s, 95 % within 12.5 s, all within 12.5 s; 1 later than 11 s',
  );
});

test('a file keeps what earlier times came to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-tally-'));
  try {
    const path = join(folder, 'tally');
    expect(new Tally(path).nextSeed).toBeNull();
    new Tally(path).add(round);
    const violations = [{ invariant: 'I1', what: 's01 was never done' }] as const;
    new Tally(path).add({ ...round, seed: 6, violations, from: 80_000, to: 140_000 });
    const later = new Tally(path);
    expect(later.nextSeed).toBe(7);
    expect(later.sound).toBe(false);
    later.add({ ...round, seed: 7, from: 200_000, to: 260_000 });
    const lines = later.lines().join('\n');
    expect(lines).toMatch(/mixed +12 trials/);
    expect(lines).toContain('3 rounds in 3.0 minutes');
    expect(new Tally(path).lines()).toEqual(later.lines());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
