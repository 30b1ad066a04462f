import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { parseEvents } from 'js-yaml';
import { Positions } from '../../../core/definition/positions.js';

type Path = readonly (string | number)[];

/** Every value and key of a document with its place, by a parser that keeps them. */
function* placesOf(node: Node | null, path: Path): Generator<[Path, 'value' | 'key', Node]> {
  if (node === null) return;
  yield [path, 'value', node];
  if (isSeq<Node>(node))
    for (const [i, item] of node.items.entries()) yield* placesOf(item, [...path, i]);
  if (!isMap<Node, Node | null>(node)) return;
  for (const { key, value } of node.items) {
    if (!isScalar(key)) continue;
    yield [[...path, String(key.value)], 'key', key];
    yield* placesOf(value, [...path, String(key.value)]);
  }
}

const positions = (text: string): Positions => new Positions(text, parseEvents(text, {}));

test.each(
  ['runbooks', 'labs', 'test/lab/project'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `${folder}/${name}`),
  ),
)('every value of %s stands where another parser says', (file) => {
  const text = readFileSync(file, 'utf8');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const ours = positions(text);
  let checked = 0;
  for (const [path, where, node] of placesOf(document.contents, [])) {
    // What a block text says begins on the line after its sign.
    if (isScalar(node) && String(node.type).startsWith('BLOCK')) continue;
    const quotes = isScalar(node) && String(node.type).startsWith('QUOTE') ? 1 : 0;
    const { line, col } = lines.linePos((node.range?.[0] ?? -1) + quotes);
    expect({ path, where, ...ours.of(path, where, 0) }).toEqual({ path, where, line, column: col });
    checked += 1;
  }
  expect(checked).toBeGreaterThan(3);
});

const text = `a:
b: &x !!str 'q q'
c: *x
d: [1, { e: 2 }, f: 3, ]
"g": |
  text
h:
  -
  - i: plain
? k
: "l"
`;

test.each<[Path, 'value' | 'key', number, string]>([
  [[], 'value', 0, '1:1'],
  [['a'], 'key', 0, '1:1'],
  [['a'], 'value', 0, '1:3'],
  [['b'], 'value', 0, '2:14'],
  [['b'], 'value', 2, '2:16'],
  [['c'], 'value', 0, '3:4'],
  [['d'], 'value', 0, '4:4'],
  [['d', 1, 'e'], 'key', 0, '4:10'],
  [['d', 1, 'e'], 'value', 0, '4:13'],
  [['d', 2, 'f'], 'value', 0, '4:21'],
  [['g'], 'key', 0, '5:2'],
  [['g'], 'value', 0, '6:1'],
  [['h', 0], 'value', 0, '8:3'],
  [['h', 1, 'i'], 'value', 3, '9:11'],
  [['k'], 'value', 0, '11:4'],
  // What is not there is told at the nearest that is.
  [['h', 1, 'nothing', 'in', 'it'], 'value', 0, '9:5'],
  [['h', 7], 'key', 0, '8:3'],
  [['c', 'within', 'an', 'alias'], 'value', 0, '3:4'],
  [['nothing'], 'value', 0, '1:1'],
])('%j, %s, %i characters in', (path, where, offset, place) => {
  const { line, column } = positions(text).of(path, where, offset);
  expect(`${line}:${column}`).toBe(place);
});

test('a text with nothing in it, and lines that end as on Windows', () => {
  expect(positions('').of(['a'], 'value', 0)).toEqual({ line: 1, column: 1 });
  expect(positions('a: 1\r\nb: 2\r\n').of(['b'], 'value', 0)).toEqual({ line: 2, column: 4 });
});
