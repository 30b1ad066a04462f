import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { printableLine, quoteLine, quoteWord } from '../../../activities/targets/quote.js';
import { hostileWords } from './words.js';

/** What a shell hands to a program, word by word. */
function throughShell(shell: string, line: string): string[] {
  const out = execFileSync(shell, ['-c', `printf '%s\\0' ${line}`], {
    encoding: 'buffer',
    maxBuffer: 1e9,
  });
  return out.toString('utf8').split('\0').slice(0, -1);
}

describe('quoteLine', () => {
  test.each(['sh', 'bash'])('hundreds of words arrive through %s as they are', (shell) => {
    const words = hostileWords(600, 7);
    expect(throughShell(shell, quoteLine(words))).toEqual(words);
  });

  test('plain words stay readable', () => {
    expect(quoteLine(['ip', '-j', 'route', 'show', '10.0.0.0/8', 'a=b'])).toBe(
      'ip -j route show 10.0.0.0/8 a=b',
    );
  });

  test('what a shell expands is quoted', () => {
    for (const word of ['', '~', '~root', '*', '$x', 'a b', '=ls', '!!', '{a,b}', '#', '-\n']) {
      expect(quoteWord(word)).toMatch(/^'/);
    }
  });
});

describe('printableLine', () => {
  test('bash reads the same words from it, and it shows no control characters', () => {
    const words = hostileWords(600, 11);
    const line = printableLine(words);
    expect(throughShell('bash', line)).toEqual(words);
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });

  test('a newline, a colour code and an override are seen', () => {
    expect(printableLine(['echo', 'a\nb', '\u001b[31m', '\u202eevil', "it's\t"])).toBe(
      `echo $'a\\nb' $'\\x1b[31m' $'\\xe2\\x80\\xaeevil' $'it\\'s\\t'`,
    );
  });
});
