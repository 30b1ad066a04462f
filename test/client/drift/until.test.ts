import { expect, test } from '@jest/globals';
import { untilOf } from '../../../client/drift/until.js';

const now = new Date('2026-11-24T12:00:00.000Z');

test.each([
  ['7d', '2026-12-01T12:00:00.000Z'],
  ['1h30m', '2026-11-24T13:30:00.000Z'],
  ['2026-12-24', '2026-12-24T23:59:59.999Z'],
  ['2026-11-24', '2026-11-24T23:59:59.999Z'],
  ['366d', '2027-11-25T12:00:00.000Z'],
])('%s is until %s', (text, until) => {
  expect(untilOf(text, now).toISOString()).toBe(until);
});

test.each([
  [undefined, /takes --until/],
  ['soon', /duration such as 7d, or a date such as 2026-12-24, not 'soon'/],
  ['2026-02-30', /not '2026-02-30'/],
  ['24.12.2026', /not '24\.12\.2026'/],
  ['2026-11-23', /is over/],
  ['0s', /is over/],
  ['367d', /366d at most/],
  ['9999-12-31', /366d at most/],
])('%s is refused', (text, why) => {
  expect(() => untilOf(text, now)).toThrow(why);
});
