import { describe, expect, test } from '@jest/globals';
import { evaluate, fill } from '../../../core/run/expression.js';
import { glob } from '../../../core/run/glob.js';
import { references, referencesIn } from '../../../core/run/references.js';
import { pieces, TemplateError, wholeExpression } from '../../../core/run/template.js';

const scope = {
  inputs: { node: 'k8s-w0', n: 3, list: ['a', 'b'], deep: { x: [1, 2] }, none: null },
  steps: {
    'routes-gone': { output: { count: 2 } },
    drain: { output: { evicted: 2 }, changed: true },
  },
  target: { vars: { url: 'http://x' } },
};

describe('evaluate', () => {
  test.each([
    ['inputs.n + 1', 4],
    ['inputs.n == 3', true],
    ['3 == inputs.n', true],
    ['inputs.n != 3', false],
    ['inputs.n % 2', 1],
    ['inputs.n / 2', 1.5],
    ['inputs.n > 2 ? "many" : "few"', 'many'],
    ['size(inputs.list)', 2],
    ['inputs.list.map(x, x + "!")', ['a!', 'b!']],
    ['inputs.list.filter(x, x != inputs.node)', ['a', 'b']],
    ['steps["routes-gone"].output.count', 2],
    ['has(inputs.node)', true],
    ['has(inputs.missing)', false],
    ['inputs.?missing.orValue("d")', 'd'],
    ['{"a": inputs.n, "b": [1, "x"]}', { a: 3, b: [1, 'x'] }],
    ['glob(inputs.node, "k8s-w*")', true],
    ['inputs.none == null', true],
    ['inputs.deep', { x: [1, 2] }],
  ])('%s', (source, value) => {
    expect(evaluate(source, scope)).toEqual(value);
  });

  test.each([
    ['inputs.missing', 'No such key: missing'],
    ['inputs.constructor', 'No such key: constructor'],
    ['inputs.__proto__', 'No such key: __proto__'],
    ['"a" + inputs.n', 'no such overload'],
    ['1 +', 'Unexpected token'],
    ['inputs.?missing', 'end an optional with .orValue'],
    ['9007199254740993', 'does not fit into a JSON number'],
    ['1.0 / 0.0', 'not a finite number'],
    ['"a".matches("(a+)+$")', 'matches() is not available'],
    ['timestamp("2024-01-01T00:00:00Z")', 'timestamp() is not available'],
    ['[1].map(a, [1].map(b, [1].map(c, c)))', 'nested more than twice'],
    ['nowhere.x', 'Unknown variable'],
  ])('%s is refused: %s', (source, message) => {
    expect(() => evaluate(source, scope)).toThrow(message);
  });

  test('too many nodes and too deep nesting are refused', () => {
    expect(() => evaluate(Array.from({ length: 2001 }, () => '1').join('+'), scope)).toThrow(
      'expression-failed'.slice(0, 0) || /maxAstNodes|Exceeded/i,
    );
    expect(() => evaluate('('.repeat(100) + '1' + ')'.repeat(100), scope)).toThrow(
      /maxDepth|Exceeded/i,
    );
  });
});

describe('fill', () => {
  test('a whole value keeps its type, a mixed text joins scalars', () => {
    expect(
      fill(
        {
          a: '${{ inputs.n }}',
          b: 'n is ${{ inputs.n }} on ${{ inputs.node }}',
          c: ['${{ inputs.list }}', 7, null, true],
        },
        scope,
      ),
    ).toEqual({
      a: 3,
      b: 'n is 3 on k8s-w0',
      c: [['a', 'b'], 7, null, true],
    });
  });

  test('a list or null inside a text is refused', () => {
    expect(() => fill('x ${{ inputs.list }}', scope)).toThrow(
      'a list or map cannot stand inside a text',
    );
    expect(() => fill('x ${{ inputs.none }}', scope)).toThrow('null cannot stand inside a text');
  });

  test('what comes out is never evaluated again', () => {
    expect(fill('${{ inputs.evil }}', { inputs: { evil: '${{ 1 + 1 }}' } })).toBe('${{ 1 + 1 }}');
  });

  test('$${{ stands for itself', () => {
    expect(fill('a $${{ not.this }} b', scope)).toBe('a ${{ not.this }} b');
  });
});

describe('template', () => {
  test('braces and quotes inside strings do not end an expression', () => {
    expect(wholeExpression('${{ {"a": "}}"} }}')).toBe('{"a": "}}"}');
    expect(pieces('x${{ "\\"}}" }}y').map((piece) => piece.kind)).toEqual(['text', 'cel', 'text']);
  });
  test('one that is not closed is told with its place', () => {
    expect(() => pieces('abc ${{ x')).toThrow(TemplateError);
  });
});

describe('references', () => {
  const paths = (source: string): string[] =>
    references(source).map((reference) => reference.path.join('.'));
  test('are found in chains, indexes, calls and macros; loop variables are none', () => {
    expect(paths('steps.drain.output.evicted > 1')).toEqual(['steps.drain.output.evicted']);
    expect(paths('steps["routes-gone"].output')).toEqual(['steps.routes-gone.output']);
    expect(paths('inventory.hosts[inputs.node].vars.x')).toEqual([
      'inventory.hosts',
      'inputs.node',
    ]);
    expect(paths('inputs.list.filter(x, x != inputs.node && x != steps.a.before)')).toEqual([
      'inputs.list',
      'inputs.node',
      'steps.a.before',
    ]);
    expect(paths('inputs.?a.?b.orValue(target.name)')).toEqual(['inputs.a.b', 'target.name']);
    expect(paths('has(inputs.x) ? 1 : 2')).toEqual(['inputs.x']);
  });
  test('point at the member they name', () => {
    const [reference] = references('1 + steps.drian.output');
    expect(reference?.ranges[1]).toEqual({ start: 10, end: 15 });
  });
  test('in a whole definition', () => {
    expect(referencesIn({ a: ['${{ steps.a.output }}', 'x ${{ inputs.b }}'], c: 3 })).toEqual([
      ['steps', 'a', 'output'],
      ['inputs', 'b'],
    ]);
  });
});

test('glob matches whole texts, and never takes long', () => {
  expect(glob('k8s-w0', 'k8s-w?')).toBe(true);
  expect(glob('k8s-w0', 'k8s')).toBe(false);
  expect(glob('', '*')).toBe(true);
  expect(glob('a.b', 'a*b')).toBe(true);
  expect(glob('a'.repeat(3000), `${'*a'.repeat(30)}b`)).toBe(false);
});
