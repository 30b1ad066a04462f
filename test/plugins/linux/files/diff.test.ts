import { describe, expect, test } from '@jest/globals';
import { shortDiff } from '../../../../plugins/linux/files/diff.js';

describe('short difference', () => {
  test('nothing', () => expect(shortDiff('a\n', 'a\n')).toBe(''));

  test('one line, with its number', () => {
    expect(shortDiff('a\nb\nc\n', 'a\nB\nc\n')).toBe('@@ line 2 @@\n-b\n+B');
  });

  test('lines that come, and lines that go', () => {
    expect(shortDiff('a\nc\n', 'a\nb\nc\n')).toBe('@@ line 2 @@\n+b');
    expect(shortDiff('a\nb\nc\n', 'a\nc\n')).toBe('@@ line 2 @@\n-b');
    expect(shortDiff('', 'a\n')).toBe('@@ line 1 @@\n+a');
  });

  test('old and new in turns, so that a cut text shows both', () => {
    expect(shortDiff('1\n2\n', '3\n4\n')).toBe('@@ line 1 @@\n-1\n+3\n-2\n+4');
  });

  test('repeated lines', () => {
    expect(shortDiff('a\na\n', 'a\na\na\n')).toBe('@@ line 3 @@\n+a');
  });

  test('only the newline at the end', () => {
    expect(shortDiff('a', 'a\n')).toBe('only the newline at the end differs');
  });
});
