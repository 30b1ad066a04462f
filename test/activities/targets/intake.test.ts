import { describe, expect, test } from '@jest/globals';
import { createIntake } from '../../../activities/targets/intake.js';

const mark = '0123456789abcdef';
const line = (words: string): string => `\u001e${mark} ${words}\n`;

/** What comes out when a text goes in, in chunks of `size` bytes. */
function feed(text: string, size: number): { out: string; lines: string[]; noise: string } {
  const lines: string[] = [];
  const intake = createIntake(mark, (words) => {
    lines.push(words);
    return words.startsWith('run');
  });
  const bytes = Buffer.from(text);
  let out = '';
  for (let at = 0; at < bytes.length; at += size) {
    out += intake.push(bytes.subarray(at, at + size))?.toString() ?? '';
  }
  return { out, lines, noise: intake.noise() };
}

describe('createIntake', () => {
  const text = `Welcome!\n\u001enot ours\n${line('stopped 7 apply 1')}${line('run ? 12')}out\u001e${mark} run\nput\n`;

  test.each([1, 2, 7, 17, 4096])('parts noise, lines and output in chunks of %d bytes', (size) => {
    expect(feed(text, size)).toEqual({
      out: `out\u001e${mark} run\nput\n`,
      lines: ['stopped 7 apply 1', 'run ? 12'],
      noise: 'Welcome!\n\u001enot ours',
    });
  });

  test('without a mark everything is noise, of which the end is kept', () => {
    const { out, noise } = feed(`${'x'.repeat(100_000)}This account is not available.`, 1000);
    expect(out).toBe('');
    expect(noise).toMatch(/x{100}This account is not available\.$/);
    expect(noise.length).toBeLessThan(3000);
  });
});
