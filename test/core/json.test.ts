import { expect, test } from '@jest/globals';
import { durationPattern, formatDuration, milliseconds } from '../../core/duration.js';
import { canonical, sameJson } from '../../core/json.js';

test('equal values have equal canonical text', () => {
  expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe(
    '{"b":[1,{"c":"x","d":null}]}',
  );
  expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
});

test('durations are read and written', () => {
  expect([
    milliseconds('250ms'),
    milliseconds('90s'),
    milliseconds('1h30m'),
    milliseconds('1.5s'),
    milliseconds(7),
  ]).toEqual([250, 90_000, 5_400_000, 1500, 7]);
  expect(() => milliseconds('10 m')).toThrow('is not a duration');
  expect(durationPattern.test('3')).toBe(false);
  expect([3, 1400, 25_000, 125_000, 3_720_000].map(formatDuration)).toEqual([
    '3ms',
    '1.4s',
    '25s',
    '2m05s',
    '1h02m',
  ]);
});
