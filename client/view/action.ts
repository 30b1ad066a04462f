import type { Plugin } from '../../core/action.js';
import { isObject, type JsonObject } from '../../core/json.js';
import { blank, line, span, type Line } from './line.js';
import type { Screen } from './step.js';
import { prose } from './prose.js';
import { fitLine, oneLine, pad, width, wrap } from './width.js';

/** An action as its documentation has it. */
export interface ActionDoc {
  readonly name: string;
  readonly summary: string;
  readonly impact: string;
  readonly on: string;
  readonly slow: boolean;
  readonly repeatable: boolean | 'by input';
  readonly timeout: string;
  readonly settle: { readonly timeout: string; readonly every: string };
  readonly undo: 'reversible' | 'irreversible' | 'nothing';
  readonly probe: boolean;
  readonly notes: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly examples: readonly { readonly title: string; readonly input: JsonObject }[];
}

/** Actions by plugin, one line each. */
export function pluginsView(plugins: readonly Plugin[], screen: Screen): Line[] {
  const names = plugins.flatMap((plugin) => plugin.actions.map((action) => action.name.length));
  const widest = Math.max(0, ...names);
  return plugins.flatMap((plugin, at) => [
    ...(at === 0 ? [] : [blank]),
    fitLine([span(plugin.name, 'strong'), span(`  ${plugin.summary}`, 'dim')], screen.columns),
    ...plugin.actions
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map((action) =>
        fitLine(
          [
            span(`  ${pad(action.name, widest)}  `),
            span(pad(action.impact, 8), action.impact === 'destroy' ? 'bad' : 'dim'),
            span(oneLine(action.summary), 'dim'),
          ],
          screen.columns,
        ),
      ),
  ]);
}

/** A type of JSON Schema in a word or two. */
export function typeWord(schema: unknown): string {
  if (!isObject(schema)) return 'any';
  if (Array.isArray(schema['enum'])) return (schema['enum'] as unknown[]).map(String).join(' | ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (typeof schema['target'] === 'string') return schema['target'];
  if (schema['format'] === 'duration') return 'duration';
  for (const key of ['anyOf', 'oneOf'] as const) {
    const options = schema[key];
    if (Array.isArray(options)) return [...new Set(options.map(typeWord))].join(' | ');
  }
  if (schema['type'] === 'array') return `list of ${typeWord(schema['items'])}`;
  if (schema['type'] === 'object') return 'map';
  return typeof schema['type'] === 'string' ? schema['type'] : 'any';
}

function fields(schema: Readonly<Record<string, unknown>>, screen: Screen): Line[] {
  const { properties, required } = schema;
  if (!isObject(properties) || Object.keys(properties).length === 0)
    return [line('  nothing', 'dim')];
  const needed = new Set(Array.isArray(required) ? required.map(String) : []);
  const names = Object.keys(properties);
  const widest = Math.max(...names.map(width));
  return names.flatMap((name) => {
    const field = properties[name];
    const facts = isObject(field) ? field : {};
    const standard =
      facts['default'] === undefined ? '' : `, default ${JSON.stringify(facts['default'])}`;
    const must = needed.has(name) && standard === '' ? ', required' : '';
    const text = typeof facts['description'] === 'string' ? facts['description'] : '';
    const under = ' '.repeat(widest + 4);
    return [
      fitLine(
        [
          span(`  ${pad(name, widest)}  `, 'strong'),
          span(`${typeWord(field)}${must}${standard}`, 'dim'),
        ],
        screen.columns,
      ),
      ...(text === ''
        ? []
        : wrap(text, Math.min(screen.columns, 100) - under.length).map((one) => line(under + one))),
    ];
  });
}

/** One action: what it does, takes and gives, with its examples as steps of a runbook. */
export function actionView(
  doc: ActionDoc,
  yaml: (value: unknown) => string,
  screen: Screen,
): Line[] {
  const columns = Math.min(screen.columns, 100);
  const undo = {
    reversible: 'can be undone',
    irreversible: 'cannot be undone',
    nothing: 'leaves nothing behind',
  };
  const facts = [
    `impact ${doc.impact}`,
    `acts on a ${doc.on}`,
    doc.impact === 'read' ? 'changes nothing' : undo[doc.undo],
    ...(doc.repeatable === false ? ['never repeated by itself'] : []),
    ...(doc.repeatable === 'by input'
      ? ['repeated by itself unless its input says otherwise']
      : []),
    ...(doc.probe ? ['can be a probe'] : []),
    ...(doc.impact === 'read' ? [] : [`at most ${doc.timeout}`]),
    `settles within ${doc.settle.timeout}`,
  ];
  const example = (title: string, input: JsonObject): Line[] => {
    const id = doc.name.split('.')[1] ?? 'step';
    const step = yaml([{ id, action: doc.name, input }]);
    return [
      line(`  # ${title}`, 'dim'),
      ...step
        .trimEnd()
        .split('\n')
        .map((text) => line(`  ${text}`)),
    ];
  };
  return [
    line(doc.name, 'strong'),
    ...wrap(doc.summary, columns).map((text) => line(text)),
    ...wrap(facts.join(` ${screen.glyphs.dot} `), columns).map((text) => line(text, 'dim')),
    blank,
    line('Input', 'strong'),
    ...fields(doc.input, screen),
    blank,
    line('Output', 'strong'),
    ...fields(doc.output, screen),
    ...(doc.notes === null
      ? []
      : [
          blank,
          line('Notes', 'strong'),
          ...prose(doc.notes, columns - 2).map((text) => line(`  ${text}`)),
        ]),
    ...(doc.examples.length === 0 ? [] : [blank, line('Examples', 'strong')]),
    ...doc.examples.flatMap(({ title, input }, at) => [
      ...(at === 0 ? [] : [blank]),
      ...example(title, input),
    ]),
  ];
}
