import { describe, expect, test } from '@jest/globals';
import { nearest } from '../../../core/definition/nearest.js';
import { formatProblem } from '../../../core/definition/problem.js';
import { runbookSchema } from '../../../core/definition/runbook.js';
import { inSource, parseWith } from '../../../core/definition/schema.js';
import { readSource } from '../../../core/definition/source.js';

function problems(text: string): string[] {
  const source = readSource('r.yaml', text);
  if (!('value' in source)) return source.map(formatProblem);
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  return 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
}

describe('a file that does not fit its schema', () => {
  test('tells every problem, each with line, column, path and the nearest name', () => {
    expect(
      problems(`apiVersion: runbook/v1
name: Test
titel: x
inputs:
  node: { type: targt, kind: host, description: x }
  n: { type: number, description: y, mininum: 3 }
steps:
  - id: a
    action: kube.x
    timout: 3m
  - id: b
    actoin: kube.y
  - id: c
    wait: x
    action: y
  - id: d
    parallel:
      - id: e
        delay: 3 parsecs
      - id: f
        delay: 3s
        onFailure: prak
  - delay: 3s
`),
    ).toEqual([
      'r.yaml:2:7 name: a runbook name is lower case words with hyphens',
      "r.yaml:3:1 titel: unknown key 'titel' (did you mean 'title'?)",
      "r.yaml:5:9 inputs.node: type 'targt' is not one of string, number, integer, boolean, duration, target, runbook, file, list (did you mean 'target'?)",
      "r.yaml:6:38 inputs.n.mininum: unknown key 'mininum' (did you mean 'minimum'?)",
      "r.yaml:10:5 steps.0.timout: unknown key 'timout' (did you mean 'timeout'?)",
      "r.yaml:11:5 steps.1: needs one of action, wait, restore, delay, approval, manual, call, forEach, steps, parallel ('actoin': did you mean 'action'?)",
      'r.yaml:13:5 steps.2: has several of action, wait: only one is possible',
      'r.yaml:19:16 steps.3.parallel.0.delay: not a duration: write it as 250ms, 90s, 10m or 1h30m',
      "r.yaml:22:20 steps.3.parallel.1.onFailure: 'prak' is not one of park, undo, stop, continue (did you mean 'park'?)",
      "r.yaml:23:5 steps.4.id: 'id' is missing",
    ]);
  });

  test("the engine's own workflow types are no runbook names", () => {
    expect(
      problems('apiVersion: runbook/v1\nname: lease\nsteps: [{ id: a, delay: 1s }]\n'),
    ).toEqual(['r.yaml:2:7 name: this name is reserved']);
  });
});

describe('hostile files are refused in bounded time', () => {
  const time = (text: string): string[] => problems(text);
  test.each([
    ['duplicate keys', 'a: 1\na: 2\n', 'Map keys must be unique'],
    ['a tag', 'a: !!js/function x\n', 'tag'],
    ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x\n', 'merge keys'],
    ['__proto__', '__proto__: {x: 1}\n', 'the key __proto__ is not allowed'],
    ['a key that is a number', '1: x\n', 'put it in quotes'],
    ['a NUL byte', 'a: "x\u0000"\n', 'NUL'],
    ['deep brackets', '['.repeat(20_000), 'nested deeper'],
    [
      'deep indentation',
      Array.from({ length: 100 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'nested deeper',
    ],
    ['deep sequences', '- '.repeat(5000), 'nested deeper'],
    ['more than 1 MiB', 'a: x\n'.repeat(300_000), 'at most 1048576 are read'],
    ['broken YAML', 'a: [1, 2\nb: }', 'r.yaml:'],
  ])('%s', (_name, text, message) => {
    const begun = Date.now();
    expect(time(text).join('\n')).toContain(message);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  test('what is refused unread is told with its place too', () => {
    expect(problems('a: 1\nb: "x\u0000"\n')[0]).toMatch(/^r\.yaml:2:6: .*NUL/);
    expect(problems(`a:\n  ${'['.repeat(100)}`)[0]).toMatch(/^r\.yaml:2:67: .*nested deeper/);
    expect(problems(`a: &a [x]\nb: [${Array(200).fill('*a').join(', ')}]\n`)[0]).toMatch(
      /^r\.yaml:2:5: .*alias/,
    );
  });

  test.each([
    ['half a character', 'a: 1\nb: \ud800\n', /^r\.yaml:2:\d+: .*non-printable/],
    ['the line end of an old Mac in quotes', "a: 1\nb: { c: '\r' }\n", /^r\.yaml:\d+:\d+: \S/],
  ])('what the fast parser alone refuses is refused: %s', (_name, text, problem) => {
    expect(problems(text)[0]).toMatch(problem);
  });

  test('a value that holds itself', () => {
    expect(problems('a: &a [*a, { b: *a }]\n')[0]).toMatch(/^r\.yaml:1:8: .*nested deeper/);
  });

  test('aliases that explode', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map(
          (c, i) =>
            `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(',')}]`,
        ),
    ].join('\n');
    expect(problems(bomb).join('\n')).toContain('alias');
  });

  test('a prototype is not touched', () => {
    problems('constructor: {prototype: {polluted: 1}}\n');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('the nearest name is near, or none', () => {
  expect(nearest('drian', ['drain', 'cordon'])).toBe('drain');
  expect(nearest('kube.schedulabel', ['kube.schedulable', 'kube.drained'])).toBe(
    'kube.schedulable',
  );
  expect(nearest('xyz', ['drain', 'cordon'])).toBeNull();
});
