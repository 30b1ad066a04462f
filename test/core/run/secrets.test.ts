import { describe, expect, test } from '@jest/globals';
import {
  fillInput,
  secretName,
  secretsIn,
  standing,
  withSecrets,
} from '../../../core/run/secrets.js';

describe('a text stands for a secret', () => {
  test.each([
    ['${{ secrets.token }}', 'token'],
    ['${{secrets.token}}', 'token'],
    ['${{ secrets["token"] }}', 'token'],
    ["${{ secrets['token'] }}", 'token'],
    [' ${{ secrets.token }}\n', 'token'],
  ])('when it is nothing else: %j', (text, name) => {
    expect(secretName(text)).toBe(name);
  });

  test.each([
    'Bearer ${{ secrets.token }}',
    '$${{ secrets.token }}',
    '${{ secrets.token + "x" }}',
    '${{ secrets }}',
    '${{ secrets.a.b }}',
    '${{ inputs.token }}',
    'secrets.token',
    '${{ secrets.a }}${{ secrets.b }}',
  ])('and not: %j', (text) => {
    expect(secretName(text)).toBeNull();
  });
});

const written = {
  env: { A: '${{ secrets.a }}', B: '${{ inputs.b }}' },
  list: ['x', '${{secrets["c"]}}'],
};

test('an input is filled but for its secrets, whose places are those of the definition', () => {
  expect(fillInput(written, { inputs: { b: 'bee' } })).toEqual({
    input: { env: { A: '${{ secrets.a }}', B: 'bee' }, list: ['x', '${{ secrets.c }}'] },
    secrets: [
      { at: ['env', 'A'], name: 'a' },
      { at: ['list', 1], name: 'c' },
    ],
  });
  expect(fillInput({ a: '${{ inputs.b }}' }, { inputs: { b: 1 } })).toEqual({ input: { a: 1 } });
  expect(fillInput(undefined, {})).toEqual({ input: {} });
});

test('data that looks like a secret is none', () => {
  const forged = { looks: '${{ secrets.a }}', deeper: { looks: '${{ secrets.a }}' } };
  const { input, secrets = [] } = fillInput(
    {
      ...written,
      env: { A: '${{ secrets.a }}', B: '${{ inputs.b.looks }}' },
      c: '${{ inputs.b }}',
    },
    { inputs: { b: forged } },
  );
  const values = new Map([
    ['a', 'AAAA'],
    ['c', 'CCCC'],
  ]);
  expect(withSecrets(input, secrets, values)).toEqual({
    env: { A: 'AAAA', B: '${{ secrets.a }}' },
    list: ['x', 'CCCC'],
    c: forged,
  });
});

test('a value that holds text of expressions is put in as it is', () => {
  const uses = secretsIn({ a: '${{ secrets.a }}', b: '${{ secrets.b }}' });
  const input = { a: '${{ secrets.a }}', b: '${{ secrets.b }}' };
  const values = new Map([
    ['a', '${{ secrets.b }}'],
    ['b', '$& $1'],
  ]);
  expect(withSecrets(input, uses, values)).toEqual({ a: '${{ secrets.b }}', b: '$& $1' });
});

test('what a person has put in the place of a secret stays', () => {
  const uses = secretsIn(written);
  const input = { env: { A: 'plain' }, list: ['x', '${{ secrets.c }}'] };
  expect(standing(input, uses)).toEqual([{ at: ['list', 1], name: 'c' }]);
  expect(withSecrets(input, uses, new Map([['a', 'AAAA']]))).toEqual(input);
});
