import type { Dice } from './dice.js';

/** A sound runbook, from which broken ones are made. */
export const soundRunbook = `apiVersion: runbook/v1
name: sound
title: A sound runbook
inputs:
  node: { type: target, kind: host, description: Where., default: local }
  text: { type: string, description: What it says., default: hello }
target: "\${{ inputs.node }}"
locks: ["host/\${{ inputs.node }}"]
steps:
  - id: first
    action: linux.file
    input: { path: /tmp/x, content: "\${{ inputs.text }}" }
  - id: both
    parallel:
      - { id: left, delay: 1s }
      - { id: right, manual: "Look at \${{ inputs.node }}." }
  - { id: back, restore: first }
onFailure: park
`;

/** Nine times nine times … : eight levels of aliases, 9^8 values. */
function bomb(): string {
  const names = 'abcdefgh'.split('');
  const level = (name: string, inner: string): string =>
    `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(',')}]`;
  return names.map((name, at) => level(name, at === 0 ? 'x' : `*${names[at - 1]}`)).join('\n');
}

const head = 'apiVersion: runbook/v1\nname: bad\n';

/** Files that must be refused, and what a problem must say; the place is that of the fault. */
export const hostileFiles: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
  'aliases that explode': [`${bomb()}\nz: *h\n`, /:2:\d+: .*alias/i],
  'deep brackets': [`${head}steps: ${'['.repeat(50_000)}`, /:3:72: .*nested deeper/],
  'deep sequences': [`${head}steps:\n${'- '.repeat(5000)}x`, /:4:1: .*nested deeper/],
  'deep indentation': [
    Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    /:261:1: .*nested deeper/,
  ],
  'an alias of itself': ['a: &a [*a]\n', /:1:\d+: .*nested deeper/],
  'aliases of themselves': ['a: &a [*a, *a, { b: *a }]\n', /:1:\d+: .*nested deeper/],
  'the same key twice': [`${head}name: again\n`, /:3:1: .*unique/],
  'the same key in a flow map': [`${head}steps: [{ id: a, id: b }]\n`, /:3:18: .*unique/],
  'a prototype': [`${head}__proto__: { polluted: 1 }\n`, /:3:1: .*__proto__/],
  'a prototype within': [`${head}inputs: { __proto__: { polluted: 1 } }\n`, /:3:11: .*__proto__/],
  'a constructor': [`${head}constructor: { prototype: { polluted: 1 } }\n`, /:3:1 constructor: /],
  'a tag': [`${head}title: !!js/function "() => 1"\n`, /:3:\d+: .*tag/],
  'a tag of its own': [`${head}title: !env HOME\n`, /:3:\d+: .*tag/],
  'a binary': [`${head}title: !!binary aGVsbG8=\n`, /:3:\d+: .*tag/],
  'a merge key': [`base: &b { name: x }\n<<: *b\n`, /:2:1: .*merge/],
  'a NUL': [`${head}title: "x\u0000y"\n`, /:3:10: .*NUL/],
  'a key that is a number': [`${head}1: x\n`, /:3:1: .*quotes/],
  'a byte order mark within': [`${head}\ufefftitle: x\n`, /:3:1/],
  'two documents': [`${head}---\n${head}`, /:\d+:\d+: /],
  'an open quote': [`${head}title: "x\n`, /:\d+:\d+: /],
  'a tab as indentation': [`${head}steps:\n\t- id: a\n`, /:4:\d+: /],
  'no map': ['- just\n- a list\n', /:1:1: /],
};

const pieces = [
  ['\u0000', '\ufeff', '\t', '\r', '\u2028', '\u0085', '\ud800', '🦀', '\\', '"', "'", '`'],
  ['&a ', '*a', '<<: *a', '!!js/function ', '!x ', '%YAML 1.1\n', '---\n', '...\n', '? ', '| '],
  ['[', ']', '{', '}', ',', ': ', '- ', '#', '\n', '\n  ', '[[[[[[[[', '{a: {a: {a: '],
  ['__proto__: ', 'constructor: ', 'toString: ', 'prototype: ', 'hasOwnProperty: ', '1: '],
  ['${{', '}}', '${{ inputs }}', '${{ [].constructor }}', '${{ steps.first.before }}', '~'],
  ['.inf', '.nan', '0x1', '1e999', '9'.repeat(400), '-', 'a'.repeat(5000), 'yes', 'null'],
].flat();

/** A broken copy of a text: pieces put in, taken out, doubled and exchanged, by chance. */
export function broken(text: string, dice: Dice): string {
  let result = text;
  for (let times = 1 + dice.below(6); times > 0; times -= 1) {
    const at = dice.below(result.length + 1);
    const length = dice.below(Math.min(60, result.length - at + 1));
    const before = result.slice(0, at);
    const part = result.slice(at, at + length);
    const after = result.slice(at + length);
    switch (dice.below(4)) {
      case 0:
        result = `${before}${dice.pick(pieces)}${part}${after}`;
        break;
      case 1:
        result = `${before}${after}`;
        break;
      case 2:
        result = `${before}${part}${part}${after}`;
        break;
      default:
        result = `${before}${dice.pick(pieces)}${after}`;
    }
  }
  return result;
}
