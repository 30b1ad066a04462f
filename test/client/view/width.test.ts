import { describe, expect, test } from '@jest/globals';
import { fit, fitLine, oneLine, pad, padLeft, width, wrap } from '../../../client/view/width.js';
import { span, textOf } from '../../../client/view/line.js';

describe('width', () => {
  test.each([
    ['abc', 3],
    ['', 0],
    ['ünïcødé', 7],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👍', 2],
    ['｢half｣', 6],
    ['✓ ‖ ▸', 5],
    ['a\u200bb', 2],
  ])('%s takes %i', (text, columns) => {
    expect(width(text)).toBe(columns);
  });
});

test('fitting never takes more than it may, and never half a character', () => {
  for (const text of ['hello world', '日本語テキスト', 'a日b本c語', '👍👍👍👍']) {
    for (let columns = 0; columns < 16; columns += 1) {
      expect(width(fit(text, columns))).toBeLessThanOrEqual(columns);
    }
  }
  expect(fit('日本語', 5)).toBe('日本…');
  expect(fit('abc', 3)).toBe('abc');
});

test('padding', () => {
  expect(pad('日', 4)).toBe('日  ');
  expect(padLeft('7s', 5)).toBe('   7s');
});

test('a line of pieces is cut as one', () => {
  const cut = fitLine([span('hello ', 'dim'), span('world'), span('!')], 8);
  expect(textOf(cut)).toBe('hello w…');
  expect(cut[0]).toEqual({ text: 'hello ', tone: 'dim' });
});

describe('wrap', () => {
  test('at blanks', () => {
    expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
  });
  test('long words are broken', () => {
    expect(wrap('aaaaaaaaaaaa bb', 5)).toEqual(['aaaaa', 'aaaaa', 'aa bb']);
  });
  test('no more lines than there is room for', () => {
    expect(wrap('one two three four five', 5, 2)).toEqual(['one', 'two…']);
  });
  test('never wider than the screen, wide characters included', () => {
    const text = '日本語の長い文章 and some English words 混ざっている';
    for (let columns = 2; columns < 30; columns += 1) {
      for (const line of wrap(text, columns)) expect(width(line)).toBeLessThanOrEqual(columns);
    }
  });
});

test('text from outside cannot leave its line, move the cursor or hide', () => {
  expect(oneLine('a\nb\tc\u001b[2Jd\re\u202ef')).toBe('a b c\\x1b[2Jd\\re\\u202ef');
});
