import { expect, test } from '@jest/globals';
import { differences, diffView } from '../../../client/view/diff.js';
import { at, changed, record, screen, step } from '../records.js';
import { textOf } from '../../../client/view/line.js';

const first = record({
  run: 'r-1',
  state: 'succeeded',
  endedAt: at(60),
  outputs: { version: '1.2' },
  steps: [changed('a', 1, 3, 'x'), changed('b', 3, 4, 'y'), changed('gone', 4, 5, 'z')],
});

test('two runs that went the same way', () => {
  const again = { ...first, run: 'r-2', startedBy: 'bob@ops', startedAt: at(1), endedAt: at(61) };
  const found = differences(first, again);
  expect(found).toEqual({ a: 'r-1', b: 'r-2', run: [], steps: [], same: 3 });
  expect(diffView(found, screen()).map(textOf)).toEqual([
    'No difference: 3 steps went the same way.',
  ]);
});

test('inputs, state, outputs, steps, and times that differ by much', () => {
  const second = record({
    run: 'r-2',
    state: 'undone',
    inputs: { host: 'web-2' },
    endedAt: at(600),
    definitionHash: 'e'.repeat(64),
    failure: { code: 'not-settled', message: 'two pods left', hint: null, class: 'permanent' },
    decisions: [{ at: at(70), by: 'ada@ops', verb: 'undo', step: null, reason: 'no' }],
    steps: [
      { ...changed('a', 1, 20, 'x'), attempts: 3 },
      // Half a second more is nothing to tell.
      { ...changed('b', 3, 4, 'y'), endedAt: at(4.5) },
      step('new', { outcome: 'failed', startedAt: at(30), endedAt: at(31) }),
    ],
  });
  const found = differences(first, second);
  expect(found.same).toBe(1);
  expect(found.run).toEqual([
    { name: 'definition', a: 'd'.repeat(12), b: 'e'.repeat(12) },
    { name: 'state', a: 'succeeded', b: 'undone' },
    { name: 'failure', a: null, b: 'two pods left' },
    { name: 'input host', a: '"web-1"', b: '"web-2"' },
    { name: 'input version', a: '"1.2"', b: null },
    { name: 'output version', a: '"1.2"', b: null },
    { name: 'took', a: '1m00s', b: '10m00s' },
    { name: 'decisions', a: null, b: 'undo' },
  ]);
  expect(found.steps).toEqual([
    {
      path: 'a',
      differs: [
        { name: 'attempts', a: '1', b: '3' },
        { name: 'took', a: '2.0s', b: '19s' },
      ],
    },
    { path: 'gone', differs: [{ name: '', a: 'changed', b: null }] },
    { path: 'new', differs: [{ name: '', a: null, b: 'failed' }] },
  ]);
  const text = diffView(found, screen(100)).map(textOf);
  expect(text[0]).toMatch(/^STEP +WHAT +r-1 +r-2/);
  expect(text).toContainEqual(expect.stringMatching(/^a +attempts +1 +3/));
  expect(text.at(-1)).toBe('1 step went the same way');
});
