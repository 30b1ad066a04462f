import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canonical, keyOf, sumsOf } from '../../../labs/parts/builder/key.js';
import { ownFolder } from './folder.js';

test('a key is 16 hex digits and does not depend on the order of names', () => {
  const key = keyOf({ part: 'x', recipe: { b: 1, a: [1, 2] } });
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  expect(keyOf({ recipe: { a: [1, 2], b: 1 }, part: 'x' })).toBe(key);
});

test.each([
  ['a value', { part: 'x', recipe: { b: 2, a: [1, 2] } }],
  ['the order of a list', { part: 'x', recipe: { b: 1, a: [2, 1] } }],
  ['a name', { part: 'x', recipe: { c: 1, a: [1, 2] } }],
])('another key comes of %s', (_what, other) => {
  expect(keyOf(other)).not.toBe(keyOf({ part: 'x', recipe: { b: 1, a: [1, 2] } }));
});

test('nested objects are ordered too', () => {
  expect(canonical({ b: { d: null, c: 'é' }, a: true })).toBe('{"a":true,"b":{"c":"é","d":null}}');
});

test('files are summed by path and content; TypeScript and markdown do not count', async () => {
  const folder = await ownFolder('sums');
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'deep', 'go.sum'), 'abc');
  await writeFile(join(folder, 'part.ts'), 'x');
  await writeFile(join(folder, 'README.md'), 'x');
  expect(await sumsOf(folder)).toEqual({
    'deep/go.sum': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});

test('a part without files has no sums', async () => {
  expect(await sumsOf('/nonexistent/part')).toEqual({});
});
