import { describe, expect, test } from '@jest/globals';
import { createRedactor } from '../../../activities/log/redact.js';

function through(secrets: readonly string[], text: string, size: number): string {
  const stream = createRedactor(secrets).stream();
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    out.push(stream.push(bytes.subarray(at, at + size)));
  out.push(stream.end());
  return Buffer.concat(out).toString();
}

const secret = 'p&ss "w\\rd" <ü>/+?';
const forms = {
  'as it is': secret,
  'in hex': Buffer.from(secret).toString('hex'),
  'as echo prints it': secret.replace('\\r', '\r'),
  'in hex of capitals': Buffer.from(secret).toString('hex').toUpperCase(),
  'between double quotes of a shell': `"${secret.replace(/["$`\\]/g, '\\$&')}"`,
  'as JSON': JSON.stringify({ a: secret }),
  'as Go writes JSON': `{"a":"${JSON.stringify(secret)
    .slice(1, -1)
    .replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}"}`,
  'in a URL': `https://u:${encodeURIComponent(secret)}@host/`,
  'in a form': `a=${encodeURIComponent(secret).replaceAll('%20', '+')}&b=1`,
  'in a URL in lower case': encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
  'as base64': Buffer.from(secret).toString('base64'),
  'as base64 for URLs': Buffer.from(secret).toString('base64url'),
  'in the base64 of something longer': Buffer.from(`admin:${secret}:x`).toString('base64'),
  'in the base64 of something else longer': Buffer.from(`root1:${secret}`).toString('base64'),
  'in the base64 of a third': Buffer.from(`a:${secret}, and more`).toString('base64'),
};

describe('a secret', () => {
  test.each(Object.entries(forms))('%s is removed, however it is cut', (_, text) => {
    for (const size of [1, 2, 3, 5, 8, 13, 1000]) {
      const shown = through([secret], `before ${text} after`, size);
      expect(shown).toContain('***');
      expect(shown.startsWith('before ')).toBe(true);
      expect(shown.endsWith(' after')).toBe(true);
      // Four characters of it in a row would tell too much; at the edges of base64 three may stay.
      for (let at = 0; at + 5 <= text.length; at++) {
        const part = text.slice(at, at + 5);
        if (text === secret) expect(shown).not.toContain(part);
      }
      expect(shown).not.toContain(text);
    }
    expect(createRedactor([secret]).text(text)).toBe(through([secret], text, 1000));
  });

  test('of several lines is removed line by line', () => {
    const key = `-----BEGIN KEY-----\n${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(2)}\n-----END KEY-----\n`;
    const indented = key.replaceAll('\n', '\n      ');
    for (const size of [1, 7, 64, 5000]) {
      const shown = through([key], `key: |\n      ${indented}done`, size);
      expect(shown).not.toContain('QUJDREVG');
      expect(shown).toContain('done');
    }
    const wrapped = (
      Buffer.from(key.repeat(4))
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n');
    expect(through([key.repeat(4)], wrapped, 100)).not.toMatch(/[A-Za-z0-9+/]{20}/);
  });

  test('that overlaps another leaves nothing of either', () => {
    expect(through(['abcdef', 'defghi'], 'xxabcdefghixx', 1)).toBe('xx***xx');
    expect(through(['abc', 'abcdefgh'], 'abcdefgh abcdefg', 2)).toBe('*** ***defg');
  });

  test('repeated is removed each time', () => {
    expect(through(['secret'], 'secretsecret secret', 4)).toMatch(/^(\*\*\*)+ \*\*\*$/);
  });

  test('whose beginning is the end of the output is removed when it is long', () => {
    expect(through(['correct horse battery'], 'the correct horse bat', 5)).toBe('the ***');
    expect(through(['correct horse battery'], 'the cor', 5)).toBe('the cor');
  });

  test('that is empty or absent changes nothing', () => {
    expect(through(['', 'absent'], 'all of this stays', 3)).toBe('all of this stays');
    expect(createRedactor([]).text('x')).toBe('x');
  });

  test('of one character is removed as it is, and not guessed in other forms', () => {
    expect(createRedactor(['x']).text('axb eA==')).toBe('a***b eA==');
  });
});

test('bytes that are no text go through as they are', () => {
  const stream = createRedactor(['secret']).stream();
  const bytes = Buffer.from([0xff, 0xfe, 0x41, 0x00, 0x73, 0x65]);
  expect(Buffer.concat([stream.push(bytes), stream.end()])).toEqual(bytes);
});

test('what cannot be the beginning of a secret is shown at once', () => {
  const stream = createRedactor(['secret']).stream();
  expect(stream.push(Buffer.from('progress 10 %\n')).toString()).toBe('progress 10 %\n');
  expect(stream.push(Buffer.from('a sec')).toString()).toBe('a ');
  expect(stream.push(Buffer.from('ond\n')).toString()).toBe('second\n');
});

/** A small generator of pseudo-random numbers below 1: the same seed gives the same texts. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const letters = Array.from(`abcXYZ012 _-./+=?&%$'"\\\`<>|;:~é漢🦀\t\n`);
const writers: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify(secret).slice(1, -1),
  (secret) => encodeURIComponent(secret),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(secret).toString('base64url'),
  (secret) => Buffer.from(secret).toString('hex'),
  (secret) => secret.replaceAll("'", `'\\''`),
];

test('random secrets leave nothing behind in any form, at any place, in any pieces', () => {
  const random = generator(20261127);
  const below = (most: number): number => Math.floor(random() * most);
  const word = (length: number): string =>
    Array.from({ length }, () => letters[below(letters.length)] ?? 'a').join('');
  for (let round = 0; round < 400; round += 1) {
    const secret = `S${word(6 + below(30))}E`;
    const write = writers[below(writers.length)] ?? ((text: string) => text);
    const form = write(secret);
    const text = `${word(below(20))}\n<${form}>${form} ${word(below(20))}`;
    const shown = through([secret], text, 1 + below(40));
    expect(shown).not.toContain(form);
    expect(shown).toContain('<***>***');
    // Where it is a part of something longer that is encoded as a whole.
    const [before, after] = [word(below(5)), word(below(5))];
    const whole = Buffer.from(`${before}${secret}${after}`).toString('base64');
    const left = Buffer.from(
      through([secret], whole, 1 + below(9)).replaceAll('***', ''),
      'base64',
    );
    expect(left.toString()).not.toContain(secret.slice(3, -3));
  }
});
