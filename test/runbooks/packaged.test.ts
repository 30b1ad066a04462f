import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { dataFileProblem } from '../../core/definition/data-files.js';
import { loadProject, type Files } from '../../core/definition/loader.js';
import { formatProblem } from '../../core/definition/problem.js';
import { runbookSchema, type Runbook } from '../../core/definition/runbook.js';
import { inSource, parseWith } from '../../core/definition/schema.js';
import { readSource, type Source } from '../../core/definition/source.js';
import { validateRunbook } from '../../core/definition/validate.js';
import { Catalog } from '../../activities/catalog.js';
import { plugins } from '../../plugins/index.js';
import { inputsTable } from '../../scripts/reference/inputs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const labFolder = resolve(root, 'labs/cilium-bgp');
const files: Files = {
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
  list: (path) => (existsSync(path) ? readdirSync(path).sort() : []),
  resolve,
};
const { inventory } = loadProject(files, labFolder, {
  state: '/srv/state',
  cache: '/srv/cache',
  package: '/srv/package',
  id: '01ab23cd',
});
const catalog = new Catalog(plugins);

interface Parsed {
  readonly source: Source;
  readonly runbook: Runbook;
}

function parse(name: string): Parsed {
  const path = resolve(root, 'runbooks', `${name}.yaml`);
  const source = readSource(path, readFileSync(path, 'utf8'));
  if (!('value' in source)) throw new Error(source.map(formatProblem).join('\n'));
  const parsed = parseWith(runbookSchema, source.value, inSource(source));
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return { source, runbook: parsed.value };
}

const names = files.list(resolve(root, 'runbooks')).map((file) => basename(file, '.yaml'));
const all = new Map(names.map((name) => [name, parse(name)] as const));
/** Runbooks that are told of on the page of another one. */
const pages: Readonly<Record<string, string>> = { 'node-restart': 'node-maintenance' };

describe.each([...all])('the runbook %s', (name, { source, runbook }) => {
  test('has no problems on the lab', () => {
    expect(runbook.name).toBe(name);
    const problems = validateRunbook(source, runbook, {
      action: (action) => catalog.find(action),
      actionNames: catalog.names,
      runbook: (other) => all.get(other)?.runbook ?? null,
      runbookNames: names,
      inventory,
      dataFile: (file) => dataFileProblem(files, labFolder, file),
    });
    expect(problems.map(formatProblem)).toEqual([]);
  });

  test('says what it does, and has a guide with every flag', () => {
    expect(runbook.title?.length).toBeLessThanOrEqual(72);
    expect(runbook.description).toBeTruthy();
    const page = files.read(resolve(root, 'docs/guides', `${pages[name] ?? name}.md`));
    expect(page).toContain(`runbooks/${name}.yaml`);
    const begin = `<!-- inputs of ${name}: generated from the runbook, do not edit -->\n\n`;
    expect(page).toContain(`${begin}${inputsTable(runbook.inputs ?? {})}\n\n`);
  });
});
