import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inventorySchema } from '../core/definition/inventory.js';
import { projectSchema } from '../core/definition/project.js';
import { runbookSchema } from '../core/definition/runbook.js';
import { jsonSchema } from '../core/definition/shape.js';
import { driftShownSchema } from '../core/drift/history.js';
import { runExportSchema } from '../core/export.js';
import { notificationSchema } from '../core/notification.js';
import { planSchema, runRecordSchema } from '../core/record.js';
import { plugins } from '../plugins/index.js';
import { actionIndex, pluginPage } from './reference/actions.js';

// Writes docs/reference from the schemas; with --check it only tells whether that is up to date.

const folder = resolve(fileURLToPath(new URL('../../docs/reference', import.meta.url)));

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

const wanted = pages();
const there = existsSync(folder) ? readdirSync(folder) : [];
const stale = [
  ...[...wanted].flatMap(([name, text]) =>
    there.includes(name) && readFileSync(join(folder, name), 'utf8') === text ? [] : [name],
  ),
  ...there.filter((name) => !wanted.has(name)),
];

if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    process.stderr.write(
      `docs/reference is not up to date: ${stale.join(', ')}\nrun: npm run generate\n`,
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of there) if (!wanted.has(name)) rmSync(join(folder, name));
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text);
}
