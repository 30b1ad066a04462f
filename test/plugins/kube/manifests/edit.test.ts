import { expect, test } from '@jest/globals';
import type { Json } from '../../../../core/json.js';
import { editsFrom, withEdits } from '../../../../plugins/kube/manifests/edit.js';

test.each<[Json, Json]>([
  [{ a: 1 }, { a: 2 }],
  [{ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1 } }],
  [{ list: [{ x: 1, y: 1 }, { x: 2 }] }, { list: [{ x: 1 }, { x: 3 }] }],
  [{ list: [1, 2] }, { list: [1, 2, 3] }],
  [{ a: [{ b: [{ c: 1 }] }] }, { a: [{ b: [{ c: { d: null } }] }] }],
  [{}, { a: { b: { c: [] } } }],
  [{ a: { b: 1 } }, { a: 'text' }],
  [{ a: null }, {}],
  [{ a: 1 }, { a: null }],
  [[1], [2]],
  [1, { a: 1 }],
])('the edits from %j make %j of it', (from, to) => {
  const edits = editsFrom(from, to);
  expect(edits.length).toBeGreaterThan(0);
  expect(withEdits(from, edits)).toEqual(to);
});

test('equal values need none, and edits are small', () => {
  expect(editsFrom({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  expect(editsFrom({ spec: { replicas: 3, x: 1 } }, { spec: { replicas: 2 } })).toEqual([
    [['spec', 'replicas'], 2],
    [['spec', 'x']],
  ]);
});
