import { expect, test } from '@jest/globals';
import { age, elapsed, moment } from '../../../client/view/time.js';
import { at, noon } from '../records.js';

const clock = { now: noon, offsetMinutes: () => 60 };

test.each([
  ['2026-11-24T11:00:00Z', '12:00:00'],
  ['2026-11-23T11:00:00Z', '11-23 12:00:00'],
  ['2025-11-24T11:00:00Z', '2025-11-24 12:00:00'],
  ['2026-11-23T23:30:00Z', '00:30:00'],
])('%s is shown as %s', (iso, text) => {
  expect(moment(iso, clock)).toBe(text);
});

test('time that has passed', () => {
  expect(elapsed(at(-90), null, clock)).toBe('1m30s');
  expect(elapsed(at(-5), at(-3.5), clock)).toBe('1.5s');
  expect(elapsed(null, null, clock)).toBe('');
  // A clock that is behind the worker's does not make time negative.
  expect(elapsed(at(5), null, clock)).toBe('0ms');
});

test('an age has whole seconds', () => {
  expect(age(at(-0.4), clock)).toBe('0s');
  expect(age(at(-4.6), clock)).toBe('4s');
  expect(age(at(-75), clock)).toBe('1m15s');
});
