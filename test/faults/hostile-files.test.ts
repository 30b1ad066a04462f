import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../../core/definition/problem.js';
import { Dice } from './dice.js';
import { broken, hostileFiles, soundRunbook } from './hostile-files.js';
import { fuzzFiles } from './fuzz.js';
import { problemsOf } from './loading.js';

/** Far above what it takes, and far below what a bomb takes, ms. */
const limitMs = 10_000;

test('the runbook that the broken ones are made from is sound', () => {
  expect(problemsOf(soundRunbook)).toEqual([]);
  expect(problemsOf(`\ufeff${soundRunbook}`)).toEqual([]);
  expect(problemsOf(soundRunbook.replaceAll('\n', '\r\n'))).toEqual([]);
});

describe('a hostile file is refused, with its place', () => {
  test.each(Object.entries(hostileFiles))('%s', (_name, [text, problem]) => {
    const begun = performance.now();
    const found = problemsOf(text).map(formatProblem);
    expect(performance.now() - begun).toBeLessThan(limitMs);
    expect(found.join('\n')).toMatch(problem);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('broken files by chance: refused with a place or sound, in bounded time, and nothing else happens', () => {
  const { files, refused, faults } = fuzzFiles(new Dice(20_261_124), 1000);
  expect(faults).toEqual([]);
  expect(files).toBe(1000);
  // Were nearly all of them refused, or none, they would try nothing.
  expect(refused).toBeGreaterThan(300);
  expect(refused).toBeLessThan(1000);
}, 120_000);

test('the same seed breaks the same way', () => {
  expect(broken(soundRunbook, new Dice(7))).toBe(broken(soundRunbook, new Dice(7)));
  expect(broken(soundRunbook, new Dice(7))).not.toBe(broken(soundRunbook, new Dice(8)));
});
