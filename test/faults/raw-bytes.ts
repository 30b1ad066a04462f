import type { Dice } from './dice.js';

const escape = '\u001b';

/** Texts that a terminal, a reader of logs or of JSON could take for something else. */
const texts = [
  [
    `${escape}[2J${escape}[H`,
    `${escape}[31mred`,
    `${escape}]0;title\u0007`,
    '\r',
    '\b\b\b',
    '\u0007',
  ],
  [
    `${escape}]8;;http://evil.invalid${escape}\\link${escape}]8;;${escape}\\`,
    `${escape}P1$r`,
    '\u009b31m',
  ],
  [
    `${escape}]52;c;${Buffer.from('rm -rf /').toString('base64')}\u0007`,
    `${escape}c`,
    '\u000e',
    '\u007f',
  ],
  [
    '\u202egnp.exe',
    '\u2066\u2069',
    '\u200f\u200b',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\u061c',
    '\u0085',
  ],
  [
    '{"seq":1,"at":"2026-01-01T00:00:00.000Z","step":"noisy","verb":"apply","attempt":1,"target":null,',
  ],
  ['"kind":"note","text":"succeeded"}\n', '"}\n{"kind":"exit"}\n', '\n✔ succeeded\n', '\n\n', '\t'],
  [
    '</pre><script>alert(1)</script>',
    '| a | b |\n| - | - |',
    '```\n',
    '<!--',
    '&lt;',
    '[x](javascript:1)',
  ],
  ['é', '漢字', '🦀', 'e\u0301', 'plain words\n', '%s%n', '\\u001b[31m', '\\x1b', '…', '***'],
].flat();

/** Bytes that are no text: never valid UTF-8, too long, half of a pair, halves of characters, a NUL. */
const bytes = [
  [0xff, 0xfe],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf0, 0x9f],
  [0xe6, 0xbc],
  [0x80, 0xbf],
  [0x00],
  [0x9b, 0x32, 0x4a],
] as const;

/** Output that is hostile in so many places, by chance; the longest are longer than a piece of the log. */
export function rawBytes(dice: Dice, places: number): Buffer {
  const parts = Array.from({ length: places }, () => {
    switch (dice.below(8)) {
      case 0:
      case 1:
        return Buffer.from(dice.pick(bytes));
      case 2:
        return Buffer.from(dice.pick(texts).repeat(dice.below(40)));
      default:
        return Buffer.from(dice.pick(texts));
    }
  });
  const filler = dice.below(8) === 0 ? [Buffer.from('漢'.repeat(dice.below(60_000)))] : [];
  return Buffer.concat(dice.shuffled([...parts, ...filler]));
}

/** The same bytes in chunks that end anywhere, in the middle of characters too. */
export function chunksOf(dice: Dice, whole: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const length = dice.below(3) === 0 ? 1 + dice.below(4) : 1 + dice.below(70_000);
    chunks.push(whole.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Control characters but newline and tab, and what reorders or hides text: none of them may come to a screen. */
export const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
