import { expect, test } from '@jest/globals';
import { keyValues, parsed } from '../../../client/inputs/values.js';

test.each([
  ['3', 3],
  ['true', true],
  ['null', null],
  ['"3"', '3'],
  ['["a", 1]', ['a', 1]],
  ['[a, 1]', ['a', 1]],
  ['{x: {y: no}}', { x: { y: 'no' } }],
  ['plain words', 'plain words'],
  ['yes', 'yes'],
  ['10m', '10m'],
  ['', ''],
  ['[unclosed', '[unclosed'],
  ['{{ jinja }}', '{{ jinja }}'],
])('%s', async (text, value) => {
  expect(await parsed(text)).toEqual(value);
});

test('pairs', async () => {
  expect(await keyValues(['a=1', 'b=x=y', 'c='], '--input')).toEqual({
    a: { text: '1', parsed: 1 },
    b: { text: 'x=y', parsed: 'x=y' },
    c: { text: '', parsed: '' },
  });
  await expect(keyValues(['novalue'], '--input')).rejects.toThrow('--input takes name=value');
  await expect(keyValues(['=x'], '--input')).rejects.toThrow('--input takes name=value');
});
