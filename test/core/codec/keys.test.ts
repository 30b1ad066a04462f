import { describe, expect, test } from '@jest/globals';
import { newKey, parseKeys } from '../../../core/codec/keys.js';

const [one, two] = [newKey('one'), newKey('two')];

test('a ring is lines, or words between commas', () => {
  const ring = parseKeys(`# the new one\n${one}\n\n  ${two}\n`, 'x');
  expect(ring.map(({ id, bytes }) => [id, bytes.length])).toEqual([
    ['one', 32],
    ['two', 32],
  ]);
  expect(parseKeys(`${one},${two}`, 'x')).toEqual(ring);
});

describe('refused is', () => {
  test.each([
    ['nothing', '# only words\n', 'KEYS: there is no key'],
    ['a short key', 'one:c2hvcnQ=', 'KEYS: key 1 is not id:base64 of 32 bytes'],
    ['a strange name', one.replace('one', 'o ne'), 'KEYS: key 1 is not id:base64 of 32 bytes'],
    ['one name twice', `${one}\n${two.replace('two', 'one')}`, 'KEYS: two keys are called one'],
  ])('%s', (_, text, message) => {
    const parse = (): unknown => parseKeys(text, 'KEYS');
    expect(parse).toThrow(
      expect.objectContaining({ code: 'keys-unavailable', class: 'permanent', message }),
    );
  });
});
