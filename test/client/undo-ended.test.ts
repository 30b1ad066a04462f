import { expect, test } from '@jest/globals';
import { checkUndoable } from '../../client/undo-ended.js';
import { changed, record, step } from './records.js';

const one = { ...changed('config', 1, 2, 'differs'), applied: true };
const ended = record({ state: 'succeeded', steps: [one] });

test.each([
  ['that has changed nothing', record({ ...ended, steps: [step('a')] }), 'nothing of what'],
  ['without the server', { ...ended, local: { reason: 'r', host: 'h' } }, 'without the server'],
  ['of an item', { ...ended, parent: 'root-1' }, 'runs of its items'],
  [
    'with a fleet',
    record({ ...ended, steps: [{ ...one, kind: 'item' as const, path: 'all[a]' }] }),
    'runs of its items',
  ],
])('a run %s is not put back by another one', (_what, of, why) => {
  expect(() => checkUndoable(of)).toThrow(why);
});

test('a run whose changes are left is', () => {
  expect(() => checkUndoable(ended)).not.toThrow();
});
