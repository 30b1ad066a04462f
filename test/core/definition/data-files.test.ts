import { describe, expect, test } from '@jest/globals';
import {
  dataFileNames,
  dataFileProblem,
  loadDataFiles,
} from '../../../core/definition/data-files.js';
import type { Files } from '../../../core/definition/loader.js';
import { runbookSchema } from '../../../core/definition/runbook.js';

/** A project in /p whose files are a map. */
function project(content: Readonly<Record<string, string>>): Files {
  return {
    read: (path) => content[path] ?? null,
    list: () => [],
    resolve: (folder, path) => `${folder}/${path}`,
  };
}

function load(content: Readonly<Record<string, string>>, ...names: string[]): unknown {
  return loadDataFiles(project(content), '/p', names);
}

describe('the files that a runbook refers to', () => {
  test('are found wherever an expression stands, once each', () => {
    const runbook = runbookSchema.parse({
      apiVersion: 'runbook/v1',
      name: 'test',
      guards: [{ id: 'g', action: 'a.b', input: { text: '${{ files["guard.txt"] }}' } }],
      steps: [
        { id: 'a', action: 'a.b', input: { deep: [{ text: 'x ${{ files["frr.conf"] }}' }] } },
        { id: 'b', if: '${{ size(files["dir/list.yaml"]) > 0 }}', delay: '1s' },
        { id: 'p', parallel: [{ id: 'c', action: 'a.b', input: '${{ files["frr.conf"] }}' }] },
      ],
      finally: [{ id: 'f', action: 'a.b', input: { x: '${{ files["end.json"].member }}' } }],
    });
    expect(dataFileNames(runbook, {})).toEqual([
      'dir/list.yaml',
      'end.json',
      'frr.conf',
      'guard.txt',
    ]);
  });

  test('are none where there is no expression', () => {
    const runbook = runbookSchema.parse({
      apiVersion: 'runbook/v1',
      name: 'test',
      steps: [{ id: 'a', manual: 'Look into files["frr.conf"].' }],
    });
    expect(dataFileNames(runbook, {})).toEqual([]);
  });

  test('are those that inputs of type file name, or their defaults', () => {
    const description = 'What to apply.';
    const runbook = runbookSchema.parse({
      apiVersion: 'runbook/v1',
      name: 'test',
      inputs: {
        manifest: { type: 'file', description, default: 'app.yaml' },
        more: { type: 'file', description, optional: true },
        text: { type: 'string', description, default: 'no-file.yaml' },
      },
      steps: [{ id: 'a', action: 'a.b', input: { x: '${{ files[inputs.manifest] }}' } }],
    });
    expect(dataFileNames(runbook, {})).toEqual(['app.yaml']);
    expect(dataFileNames(runbook, { manifest: 'web/app.yaml', more: 'b.conf' })).toEqual([
      'b.conf',
      'web/app.yaml',
    ]);
  });
});

describe('contents', () => {
  test('are values of YAML and JSON, and text of anything else, byte by byte', () => {
    const files = {
      '/p/a.yaml': 'a: 1\nlist: [x, on]\n',
      '/p/b.yml': 'kind: A\n---\nkind: B\n',
      '/p/c.json': '{"deep": {"null": null}}',
      '/p/frr.conf': 'hostname r\n! ${{ not.evaluated }}\n',
      '/p/empty.yaml': '',
    };
    expect(load(files, 'a.yaml', 'b.yml', 'c.json', 'frr.conf', 'empty.yaml')).toEqual({
      'a.yaml': { a: 1, list: ['x', 'on'] },
      'b.yml': [{ kind: 'A' }, { kind: 'B' }],
      'c.json': { deep: { null: null } },
      'frr.conf': 'hostname r\n! ${{ not.evaluated }}\n',
      'empty.yaml': null,
    });
  });

  test('may hold deep values, and texts with brackets that nobody closes', () => {
    const deep = `${'['.repeat(250)}${']'.repeat(250)}`;
    const colours = 'script: |\n' + '  echo \\e[31m\n'.repeat(250);
    expect(() =>
      load({ '/p/a.json': deep, '/p/b.yaml': colours }, 'a.json', 'b.yaml'),
    ).not.toThrow();
  });

  test('all together hold 256 KiB at most', () => {
    const half = 'x'.repeat(128 * 1024);
    const files = {
      '/p/a.txt': half,
      '/p/b.txt': half,
      '/p/c.txt': 'x',
      '/p/d.txt': `${half}${half}é`,
    };
    expect(() => load(files, 'a.txt', 'b.txt')).not.toThrow();
    expect(() => load(files, 'a.txt', 'b.txt', 'c.txt')).toThrow(
      'the data files of a runbook hold more than 262144 bytes (c.txt is over it)',
    );
    expect(dataFileProblem(project(files), '/p', 'd.txt')).toBe(
      'd.txt holds 262146 bytes; the data files of a run hold at most 262144',
    );
  });
});

describe('refused, each with its reason', () => {
  const problem = (name: string, text?: string): string | null =>
    dataFileProblem(project(text === undefined ? {} : { [`/p/${name}`]: text }), '/p', name);

  test('what is there and sound has none', () => {
    expect(problem('a.yaml', 'a: 1\n')).toBeNull();
    expect(problem('deep/er/a.txt', '{')).toBeNull();
  });

  test('a file that is missing', () => {
    expect(problem('a.yaml')).toBe("there is no file 'a.yaml' in /p");
  });

  test.each([
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    './a',
    'a//b',
    'a/',
    '',
    '~/x',
    'a\0b',
    'a\nb',
    'a b',
    'C:\\x',
  ])('a path that leads out of the project, or looks so: %j', (name) => {
    expect(problem(name, 'x')).toBe(`'${name}' is not the path of a file inside the project`);
  });

  test.each([
    ['a.yaml', 'a: 1\na: 2\n', /^a\.yaml: Map keys must be unique at line 2, column 1/],
    ['a.yaml', 'a: [1\n', /^a\.yaml: .* at line /],
    ['a.json', '{"a": ', /^a\.json: /],
    [
      'a.yaml',
      `a: &a [x]\nb: [${Array.from({ length: 200 }, () => '*a').join(', ')}]\n`,
      /^a\.yaml: Excessive alias count/,
    ],
    ['a.yaml', '['.repeat(50_000), /^a\.yaml: it is nested deeper than 300 levels/],
    ['a.json', `${'['.repeat(2000)}${']'.repeat(2000)}`, /nested deeper than 300 levels/],
    ['a.yaml', `${'- '.repeat(3000)}x`, /nested deeper than 300 levels/],
  ])('%s that is broken (%.12j)', (name, text, why) => {
    expect(problem(name, text)).toMatch(why);
  });

  test('with a code, when the run begins', () => {
    expect(() => load({}, 'a.yaml')).toThrow(
      expect.objectContaining({ code: 'definition-invalid', class: 'permanent' }),
    );
  });
});
