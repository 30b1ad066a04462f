import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { inventorySchema } from '../core/definition/inventory.js';
import { projectSchema } from '../core/definition/project.js';
import { runbookSchema, type Runbook } from '../core/definition/runbook.js';
import { jsonSchema } from '../core/definition/shape.js';
import { driftShownSchema } from '../core/drift/history.js';
import { runExportSchema } from '../core/export.js';
import { notificationSchema } from '../core/notification.js';
import { planSchema, runRecordSchema } from '../core/record.js';
import { plugins } from '../plugins/index.js';
import { actionIndex, pluginPage } from './reference/actions.js';
import { withInputs } from './reference/inputs.js';

// Writes docs/reference from the schemas, and the flags of the runbooks into their guides; with --check it only tells
// whether these are up to date.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'reference');
const guides = join(root, 'docs', 'guides');

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Every generated file, by name. */
function pages(): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['runbook.schema.json', json(jsonSchema(runbookSchema, 'input'))],
    ['inventory.schema.json', json(jsonSchema(inventorySchema, 'input'))],
    ['project.schema.json', json(jsonSchema(projectSchema, 'input'))],
    ['record.schema.json', json(jsonSchema(runRecordSchema, 'output'))],
    ['export.schema.json', json(jsonSchema(runExportSchema, 'output'))],
    ['plan.schema.json', json(jsonSchema(planSchema, 'output'))],
    ['drift.schema.json', json(jsonSchema(driftShownSchema, 'output'))],
    ['notification.schema.json', json(jsonSchema(notificationSchema, 'output'))],
    ['actions.md', actionIndex(plugins)],
  ]);
  for (const plugin of plugins) files.set(`actions-${plugin.name}.md`, pluginPage(plugin));
  return files;
}

function inputsOf(name: string): NonNullable<Runbook['inputs']> | null {
  const path = join(root, 'runbooks', `${name}.yaml`);
  if (!existsSync(path)) return null;
  return runbookSchema.parse(parse(readFileSync(path, 'utf8'))).inputs ?? {};
}

/** The guides whose tables of flags are not those of the runbooks, as they should be. */
function staleGuides(): ReadonlyMap<string, string> {
  const all = readdirSync(guides).map((name) => {
    const path = join(guides, name);
    const text = readFileSync(path, 'utf8');
    return { path, text, wanted: withInputs(text, inputsOf) };
  });
  const stale = all.filter(({ text, wanted }) => text !== wanted);
  return new Map(stale.map(({ path, wanted }) => [path, wanted]));
}

const wanted = pages();
const told = staleGuides();
const there = existsSync(folder) ? readdirSync(folder) : [];
const stale = [
  ...[...wanted].flatMap(([name, text]) =>
    there.includes(name) && readFileSync(join(folder, name), 'utf8') === text ? [] : [name],
  ),
  ...there.filter((name) => !wanted.has(name)),
  ...told.keys(),
];

if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    process.stderr.write(`not up to date: ${stale.join(', ')}\nrun: npm run generate\n`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of there) if (!wanted.has(name)) rmSync(join(folder, name));
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text);
  for (const [path, text] of told) writeFileSync(path, text);
}
