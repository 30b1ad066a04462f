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

/** Type of a field in words. */
function typeOf(field: unknown): string {
  if (!isObject(field)) return 'any';
  const { type, format, items, target } = field;
  const values = field['enum'];
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(' \\| ');
  if (field['const'] !== undefined) return `\`${String(field['const'])}\``;
  if (typeof target === 'string') return target;
  if (format === 'duration') return 'duration';
  if (type === 'array') return `list of ${typeOf(items)}`;
  if (type === 'object') return isObject(field['properties']) ? 'map' : 'map';
  const options = field['anyOf'] ?? field['oneOf'];
  if (Array.isArray(options)) return [...new Set(options.map(typeOf))].join(' or ');
  return typeof type === 'string' ? type : 'any';
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('\\\\|', '\\|');
}

function table(schema: Record<string, unknown>, io: 'input' | 'output'): string {
  const { properties } = schema;
  if (!isObject(properties) || Object.keys(properties).length === 0) return '_none_\n';
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const rows = Object.entries(properties).map(([name, field]) => {
    const facts = isObject(field) ? field : {};
    const fallback =
      facts['default'] === undefined ? '' : ` Default: \`${JSON.stringify(facts['default'])}\`.`;
    const need =
      io === 'input'
        ? required.includes(name) && facts['default'] === undefined
          ? 'yes'
          : ''
        : '';
    const text = `${String(facts['description'] ?? '')}${fallback}`;
    return io === 'input'
      ? `| \`${name}\` | ${typeOf(field)} | ${need} | ${cell(text)} |`
      : `| \`${name}\` | ${typeOf(field)} | ${cell(text)} |`;
  });
  const head =
    io === 'input'
      ? '| field | type | required | |\n| --- | --- | --- | --- |'
      : '| field | type | |\n| --- | --- | --- |';
  return `${head}\n${rows.join('\n')}\n`;
}

function undoOf(action: AnyAction): string {
  if (action.impact === 'read') return '';
  if (action.undo === 'irreversible') return ' · **cannot be undone**';
  if (action.undo === 'nothing') return ' · leaves nothing to undo';
  return ' · can be undone';
}

/** Whether an action waits, and how long it looks for its effect. */
function timing(action: AnyAction): string {
  const settle = `looks for its effect every ${action.settle.every}, up to ${action.settle.timeout}`;
  return action.impact === 'read' ? settle : `${settle}; at most ${action.timeout} in all`;
}

function section(action: AnyAction): string {
  const examples = action.examples.map(
    (example) =>
      `${example.title}\n\n\`\`\`yaml\n${stringify({
        id: 'example',
        [action.impact === 'read' ? 'wait' : 'action']: action.name,
        input: example.input,
      }).trimEnd()}\n\`\`\`\n`,
  );
  return [
    `## ${action.name}`,
    action.summary,
    `On a ${action.on} · ${impacts[action.impact] ?? action.impact}${undoOf(action)}${action.repeatable ? '' : ' · never repeated by itself when its outcome is unknown'}${action.every === undefined ? '' : ' · can be used as a probe'}.`,
    `Timing: ${timing(action)}.`,
    ...(action.notes === undefined ? [] : [action.notes.trim()]),
    '**Input**',
    table(jsonSchema(action.input, 'input'), 'input'),
    '**Output**',
    table(jsonSchema(action.output, 'output'), 'output'),
    ...(examples.length === 0 ? [] : ['**Examples**', examples.join('\n')]),
  ].join('\n\n');
}

/** Page of one plugin: every action with its inputs, outputs and examples. */
export function pluginPage(plugin: Plugin): string {
  return (
    `${header}\n# ${plugin.name}\n\n${plugin.summary}\n\n${plugin.actions.map(section).join('\n\n')}`.trimEnd() +
    '\n'
  );
}

/** Index of all actions, one line each. */
export function actionIndex(plugins: readonly Plugin[]): string {
  const rows = plugins.flatMap((plugin) =>
    plugin.actions.map((action) => {
      const anchor = action.name.replace('.', '');
      return `| [${action.name}](actions-${plugin.name}.md#${anchor}) | ${action.impact} | ${action.on} | ${cell(action.summary)} |`;
    }),
  );
  return `${header}\n# Actions\n\n| action | impact | on | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}
