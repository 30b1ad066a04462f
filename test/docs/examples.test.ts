import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { inventorySchema } from '../../core/definition/inventory.js';
import { projectSchema } from '../../core/definition/project.js';
import { runbookSchema } from '../../core/definition/runbook.js';
import { isObject } from '../../core/json.js';
import { notificationSchema } from '../../core/notification.js';
import { commands } from '../../client/catalog.js';
import { blocks, pages, root, type Block } from './pages.js';

const all = pages().flatMap(({ path, text }) => blocks(text).map((block) => ({ path, block })));

/** Schema of a whole file, by what is in it. */
function schemaOf(
  value: Record<string, unknown>,
): typeof runbookSchema | typeof inventorySchema | typeof projectSchema {
  if ('steps' in value) return runbookSchema;
  return 'name' in value ? projectSchema : inventorySchema;
}

const files = all.filter(({ block }) => /^apiVersion:/m.test(block.text));
test.each(files.map(({ path, block }) => [path, block] as const))(
  'a file in %s fits its schema',
  (_path, block) => {
    const value: unknown = parse(block.text);
    if (!isObject(value)) throw new TypeError('not a map');
    expect(schemaOf(value).safeParse(value).error?.issues ?? []).toEqual([]);
  },
);

const events = all.filter(({ block }) => block.text.includes('"specversion"'));
test.each(events.map(({ path, block }) => [path, block] as const))(
  'an event in %s fits its schema',
  (_path, block) => {
    expect(notificationSchema.safeParse(JSON.parse(block.text)).error?.issues ?? []).toEqual([]);
  },
);

const quoted = all.filter(({ block }) => /^(?:file|part of): /.test(block.note ?? ''));
test.each(quoted.map(({ path, block }) => [path, block.note ?? '', block] as const))(
  '%s shows the source as it is: %s',
  (_path, note, block) => {
    const [kind, file = ''] = note.split(': ');
    const source = readFileSync(`${root}/${file}`, 'utf8');
    if (kind === 'file') expect(block.text).toBe(source);
    else expect(source).toContain(block.text);
  },
);

/** Commands of runbook in a block for the shell. */
function commandsIn({ language, text }: Block): readonly string[] {
  if (language !== '' && language !== 'sh') return [];
  const shown = text.replace(/(?:^|\s)#.*$/gm, '');
  return [...shown.matchAll(/(?:^|[\s(])runbook ([a-z]+)\b/gm)].map(([, name = '']) => name);
}

test('every command that is shown exists', () => {
  const known = commands.map(({ name }) => name);
  const shown = all.flatMap(({ path, block }) => commandsIn(block).map((name) => ({ path, name })));
  expect(shown.filter(({ name }) => !known.includes(name))).toEqual([]);
  expect(shown.length).toBeGreaterThan(50);
});
