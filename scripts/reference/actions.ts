import { stringify } from 'yaml';
import type { AnyAction, Plugin } from '../../core/action.js';
import { jsonSchema } from '../../core/definition/shape.js';
import { isObject } from '../../core/json.js';

const header = '<!-- Generated from the schemas by `npm run generate`; do not edit. -->\n';

const impacts: Readonly<Record<string, string>> = {
  read: 'reads only',
  change: 'changes something that users do not notice',
  disrupt: 'users may notice',
  destroy: 'data may be lost',
};

type Schema = Record<string, unknown>;

/** The alternatives of a field. */
function options(field: Schema): readonly unknown[] {
  const all = field['anyOf'] ?? field['oneOf'];
  return Array.isArray(all) ? all : [];
}

/** Type of a field in words. */
function typeOf(field: unknown): string {
  if (!isObject(field)) return 'any';
  const { type, format, items, target } = field;
  const values = field['enum'];
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(' or ');
  if (field['const'] !== undefined) return `\`${String(field['const'])}\``;
  if (typeof target === 'string') return target;
  if (format === 'duration') return 'duration';
  if (type === 'array') return `list of ${typeOf(items)}`;
  if (type === 'object') return 'map';
  if (Array.isArray(type)) return type.join(' or ');
  const found = [...new Set(options(field).map(typeOf))];
  if (found.length > 0) return found.join(' or ');
  return typeof type === 'string' ? type : 'any';
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** The map inside a field: its own, that of a list's items, or that of one of its options. */
function inside(field: unknown): Schema | null {
  if (!isObject(field)) return null;
  if (isObject(field['properties'])) return field;
  if (isObject(field['items'])) return inside(field['items']);
  return (
    options(field)
      .map(inside)
      .find((one) => one !== null) ?? null
  );
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly text: string;
}

/** A row per field; those of maps follow theirs, as `nics[].address`. */
function rows(schema: Schema, before = ''): Row[] {
  const { properties } = schema;
  if (!isObject(properties)) return [];
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  return Object.entries(properties).flatMap(([key, field]) => {
    const facts: Schema = isObject(field) ? field : {};
    const fallback = facts['default'];
    const shown = fallback === undefined ? '' : ` Default: \`${JSON.stringify(fallback)}\`.`;
    const secret = facts['secret'] === true ? ' Takes secrets.' : '';
    const name = `${before}${key}`;
    const row: Row = {
      name,
      type: typeOf(field),
      required: required.includes(key) && fallback === undefined,
      text: `${String(facts['description'] ?? '')}${secret}${shown}`.trim(),
    };
    const inner = inside(field);
    const list = facts['type'] === 'array' ? '[]' : '';
    return [row, ...(inner === null ? [] : rows(inner, `${name}${list}.`))];
  });
}

function table(schema: Schema, io: 'input' | 'output'): string {
  const found = rows(schema);
  if (found.length === 0) return '_none_';
  if (io === 'output') {
    const lines = found.map(({ name, type, text }) => `| \`${name}\` | ${type} | ${cell(text)} |`);
    return ['| field | type | meaning |', '| --- | --- | --- |', ...lines].join('\n');
  }
  const lines = found.map(
    ({ name, type, required, text }) =>
      `| \`${name}\` | ${type} | ${required ? 'yes' : ''} | ${cell(text)} |`,
  );
  const head = ['| field | type | required | meaning |', '| --- | --- | --- | --- |'];
  return [...head, ...lines].join('\n');
}

function undoOf(action: AnyAction): string {
  if (action.impact === 'read') return '';
  if (action.undo === 'irreversible') return ' · **cannot be undone**';
  if (action.undo === 'nothing') return ' · leaves nothing to undo';
  return ' · can be undone';
}

/** How often and how long an action looks, and how long it may take. */
function timing({ impact, settle, timeout }: AnyAction): string {
  const often = `every ${settle.every}, up to ${settle.timeout}`;
  return impact === 'read'
    ? `as a wait it looks ${often}`
    : `looks for its effect ${often}; at most ${timeout} in all`;
}

function facts(action: AnyAction): string {
  const { impact, repeatable, every } = action;
  return [
    `On a ${action.on} · ${impacts[impact] ?? impact}${undoOf(action)}`,
    repeatable === false ? ' · never repeated by itself when its outcome is unknown' : '',
    typeof repeatable === 'function'
      ? ' · repeated by itself when its outcome is unknown, unless its input says otherwise'
      : '',
    every === undefined ? '' : ' · can be used as a probe',
    '.',
  ].join('');
}

function examples(action: AnyAction): string[] {
  if (action.examples.length === 0) return [];
  const key = action.impact === 'read' ? 'wait' : 'action';
  const shown = action.examples.map(({ title, input }) => {
    const step = stringify({ id: 'example', [key]: action.name, input }).trimEnd();
    return `${title}:\n\n\`\`\`yaml\n${step}\n\`\`\``;
  });
  return ['**Examples**', ...shown];
}

function section(action: AnyAction): string {
  return [
    `## ${action.name}`,
    action.summary,
    facts(action),
    `Timing: ${timing(action)}.`,
    ...(action.notes === undefined ? [] : [action.notes.trim()]),
    '**Input**',
    table(jsonSchema(action.input, 'input'), 'input'),
    '**Output**',
    table(jsonSchema(action.output, 'output'), 'output'),
    ...examples(action),
  ].join('\n\n');
}

/** Page of one plugin: every action with its inputs, outputs and examples. */
export function pluginPage(plugin: Plugin): string {
  const sections = plugin.actions.map(section).join('\n\n');
  return `${header}\n# ${plugin.name}\n\n${plugin.summary}\n\n[All actions](actions.md)\n\n${sections}\n`;
}

/** Index of all actions, one line each. */
export function actionIndex(plugins: readonly Plugin[]): string {
  const lines = plugins.flatMap((plugin) =>
    plugin.actions.map((action) => {
      const anchor = action.name.replace('.', '');
      return `| [${action.name}](actions-${plugin.name}.md#${anchor}) | ${action.impact} | ${action.on} | ${cell(action.summary)} |`;
    }),
  );
  const text =
    'What a step may name after `action`, `wait` or, as a guard or probe, `action` again. In the terminal: `runbook actions`.';
  return `${header}\n# Actions\n\n${text}\n\n| action | impact | on | what it does |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}
