import { expect, test } from '@jest/globals';
import { checkUndoable } from '../../client/undo-ended.js';
import { changed, record, step } from './records.js';

const one = { ...changed('config', 1, 2, 'differs'), applied: true };
const ended = record({ state: 'succeeded', steps: [one] });

test.each([
  ['that has changed nothing', record({ ...ended, steps: [step('a')] }), 'nothing of what'],
  ['of an item', { ...ended, parent: 'root-1' }, 'of an item of root-1'],
])('a run %s is not put back by another one', (_what, of, why) => {
  expect(() => checkUndoable(of)).toThrow(why);
});

test('a run whose changes are left is', () => {
  expect(() => checkUndoable(ended)).not.toThrow();
});
