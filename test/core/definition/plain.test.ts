import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import { readPlain } from '../../../core/definition/plain.js';
import { Dice } from '../../faults/dice.js';
import { broken, soundRunbook } from '../../faults/hostile-files.js';

/** What a parser of other people makes of a text; undefined where it finds something wrong with it. */
function reference(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true, merge: false, version: '1.2' });
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // An alias of nothing.
    return undefined;
  }
}

const files = ['runbooks', 'labs', 'test/lab/project'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`),
);

/** Scalars and layouts in which YAML's readers are known to differ. */
const corners = `
a: 2020-01-01
b: [0o17, 017, 0x1f, 0b1, 1_000, 1e3, 12e03, +5, .5, 5., 1.0, .inf, -.INF, 1:30]
c: [yes, no, on, off, y, n, True, FALSE, Null, NULL, ~, null, '', ""]
d: 12345678901234567890
e: "\\ud83d\\ude00 \\x41 \\u00e9 \\
  joined"
f: 'it''s

  two lines'
g: plain text
  on two lines # with a comment
h: |
  kept
    as it is

i: >-
  folded
  to one

  and another
j: |2+
    two more

k: { a: 1, b, "c": [1, 2,], d: , "e":3 }
l:
- not indented
-
  - nested
- - at once
  - again
- a: 1
  b: 2
"quoted key": a
'single': b
m: a#b
n: a:b
o: "a\\tb"
p: !!str 1
q: http://x/?y=1#z
`;

describe('a plain file reads as the parser reads it that knows its places', () => {
  test.each(files)('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(readPlain(text, 64)?.value).toEqual(reference(text));
    expect(readPlain(text.replaceAll('\n', '\r\n'), 64)?.value).toEqual(
      reference(text.replaceAll('\n', '\r\n')),
    );
  });

  test('every line of the corners of YAML', () => {
    const parts = corners.split(/\n(?=\S)/);
    expect(parts.length).toBeGreaterThan(15);
    let plain = 0;
    for (const text of [
      ...parts,
      corners.replace(/\ns: .*/, ''),
      '',
      '# nothing\n',
      '---\na: 1\n',
    ]) {
      const value = readPlain(text, 64)?.value;
      if (value === undefined) continue;
      plain += 1;
      expect({ text, value }).toEqual({ text, value: reference(text) });
    }
    expect(plain).toBeGreaterThan(15);
  });

  test('files that were broken by chance', () => {
    const dice = new Dice(17);
    const rounds = 600;
    let plain = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = broken(round % 2 === 0 ? soundRunbook : corners, dice);
      const value = readPlain(text, 64)?.value;
      const known = reference(text);
      // Either may refuse what the other reads: a key of more than 1024 characters, for one.
      if (value === undefined || known === undefined) continue;
      // Too large for a number: a text to one, infinite to the other.
      if (/9{310}|\de9/.test(text)) continue;
      plain += 1;
      expect({ text, value }).toEqual({ text, value: known });
    }
    expect(plain).toBeGreaterThan(rounds / 40);
  });
});

test.each([
  ['an alias', 'a: &x 1\nb: *x\n'],
  ['a tag', 'a: !x 1\n'],
  ['a key twice', 'a: 1\na: 2\n'],
  ['a key that is no text', '1: a\n'],
  ['a merge key', '<<: { a: 1 }\n'],
  ['the key __proto__', '__proto__: { a: 1 }\n'],
  ['two documents', 'a: 1\n---\nb: 1\n'],
  ['too many levels', '[[[[1]]]]'],
  ['the line ends of old Macs', 'a: 1\rb: 2\r'],
  ['a byte order mark within', 'a: 1\n\ufeffb: 2\n'],
  ['broken YAML', 'a: "x\n'],
])('%s is not plain', (_name, text) => {
  expect(readPlain(text, 3)).toBeNull();
});

test('at most so many levels', () => {
  expect(readPlain('[[[1]]]', 3)?.value).toEqual([[[1]]]);
});
