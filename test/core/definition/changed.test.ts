import { expect, test } from '@jest/globals';
import { changedWords } from '../../../core/definition/changed.js';

const was = {
  name: 'r',
  inputs: { node: { type: 'target' } },
  steps: [
    { id: 'a', delay: '1s' },
    { id: 'b', delay: '1s' },
    { id: 'c', manual: 'x' },
  ],
};

test.each([
  [{ ...was }, ''],
  [
    { ...was, steps: [{ id: 'a', delay: '2s' }, was.steps[1], { id: 'd', delay: '1s' }] },
    'steps: a is another; steps: d is new; steps: c is gone',
  ],
  [{ ...was, steps: was.steps.toReversed() }, 'steps stand in another order'],
  [{ ...was, inputs: {}, onFailure: 'stop' }, 'inputs is another; onFailure is another'],
  [{ name: 'r', steps: was.steps }, 'inputs is another'],
  [{ ...was, finally: [{ id: 'z', delay: '1s' }] }, 'finally: z is new'],
])('%j', (is, words) => {
  expect(changedWords(was, is as never)).toBe(words);
});
