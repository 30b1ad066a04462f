import { expect, test } from '@jest/globals';
import { progressOf } from '../../../../plugins/kube/pods/progress.js';

const pod = (name: string, ending = false) => ({
  metadata: { name, namespace: 'a', ...(ending ? { deletionTimestamp: 'x' } : {}) },
  spec: {},
});

test('who is refused comes first, then who has to end', () => {
  const waiting = [
    { pod: pod('p'), refused: 'budget a/b needs 3' },
    { pod: pod('q'), refused: 'budget a/b needs 3' },
    { pod: pod('r', true), refused: null },
    { pod: pod('s'), refused: null },
  ];
  expect(progressOf(waiting, 6)).toBe(
    '2 of 6 pods gone; a/p: budget a/b needs 3; 1 more refused; ending: a/r',
  );
  expect(progressOf([{ pod: pod('p'), refused: null }], 1)).toBe('0 of 1 pod gone');
});

test('many that end are counted', () => {
  const waiting = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
    pod: pod(name, true),
    refused: null,
  }));
  expect(progressOf(waiting, 5)).toBe('0 of 5 pods gone; ending: a/a, a/b, a/c and 2 more');
});
