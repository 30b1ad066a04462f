import { describe, expect, test } from '@jest/globals';
import { plainWords, timingOf } from '../../../client/schedule/timing.js';

describe('when a schedule fires', () => {
  test('every so often', () => {
    expect(timingOf({ every: '1h30m', catchUp: '1h', timezone: 'UTC' })).toEqual({
      cron: null,
      everyMs: 5_400_000,
      timezone: 'UTC',
      catchUpMs: 3_600_000,
      words: '--every 1h30m --catch-up 1h',
    });
  });
  test('by a cron expression, in a zone', () => {
    expect(timingOf({ cron: ' 0 6 * * 1-5 ', timezone: 'Europe/Berlin' })).toEqual({
      cron: '0 6 * * 1-5',
      everyMs: null,
      timezone: 'Europe/Berlin',
      catchUpMs: 600_000,
      words: "--cron '0 6 * * 1-5' --timezone Europe/Berlin",
    });
  });
  test.each([
    [{}, 'either --cron or --every'],
    [{ cron: '* * * * *', every: '1h' }, 'either --cron or --every'],
    [{ every: 'often' }, "--every: 'often' is not a duration"],
    [{ every: '1s' }, '--every 1s: from 60s to 366d'],
    [{ every: '1h', catchUp: '1s' }, '--catch-up 1s: from 10s to 30d'],
  ])('not by %j', (options, why) => {
    expect(() => timingOf(options)).toThrow(why);
  });
});

test('the runbook is told from the values of flags, wherever these stand', () => {
  const words = ['create', 'nightly', 'deploy'];
  expect(plainWords(['create', 'nightly', 'deploy', '--cron', '0 6 * * *'])).toEqual(words);
  expect(
    plainWords(['--cron', '0 6 * * *', 'create', '--every', '1h', 'nightly', 'deploy']),
  ).toEqual(words);
  expect(plainWords(['create', '--every=1h', 'nightly', '--json', 'deploy'])).toEqual(words);
});
