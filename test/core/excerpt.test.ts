import { describe, expect, test } from '@jest/globals';
import { excerpt, fitting, jsonBytes, plainText, utf8Bytes } from '../../core/excerpt.js';

describe('excerpt', () => {
  test('a text that fits is whole', () => {
    expect(excerpt('abc', 3)).toBe('abc');
    expect(excerpt('', 0)).toBe('');
  });

  test('a longer one is cut, with a mark, within the bytes', () => {
    expect(excerpt('abcdefgh', 6)).toBe('abc…');
    expect(utf8Bytes(excerpt('x'.repeat(1000), 256))).toBe(256);
  });

  test('a text of megabytes is not measured as a whole', () => {
    const measured: number[] = [];
    const size = (text: string): number => measured.push(text.length) && utf8Bytes(text);
    expect(excerpt('x'.repeat(4_000_000), 8, size)).toBe('xxxxx…');
    expect(Math.max(...measured)).toBeLessThanOrEqual(9);
  });

  test('whole code points only', () => {
    for (let max = 3; max < 24; max += 1) {
      const cut = excerpt('ä\u{1f600}ö\u{1f680}xyz', max);
      expect(utf8Bytes(cut)).toBeLessThanOrEqual(max);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
    }
  });

  test('measured as JSON, escapes count', () => {
    const cut = excerpt('\u0001'.repeat(100), 32, jsonBytes);
    expect(jsonBytes(cut)).toBeLessThanOrEqual(32);
    expect(cut).toBe(`${'\u0001'.repeat(4)}…`);
  });
});

test('plain text has no control characters, but its lines', () => {
  expect(plainText('\u001b[1;31mred\u001b[0m\u0007\tx\r\ny\u009b \n\n')).toBe('red\tx\ny');
});

describe('the first items that fit', () => {
  test('all of a short list, and the beginning of a long one', () => {
    expect(fitting(['a', 'b'], 100)).toEqual({ kept: ['a', 'b'], more: 0 });
    const { kept, more } = fitting(
      Array.from({ length: 50 }, (_, at) => ({ at })),
      100,
    );
    expect(kept.length + more).toBe(50);
    expect(jsonBytes(kept)).toBeLessThanOrEqual(100);
    expect(kept.at(-1)).toEqual({ at: kept.length - 1 });
  });

  test('none where not even one fits', () => {
    expect(fitting(['long enough'], 3)).toEqual({ kept: [], more: 1 });
    expect(fitting([], 0)).toEqual({ kept: [], more: 0 });
  });
});
