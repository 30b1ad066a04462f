import type { InputSpec } from '../../core/definition/input-spec.js';
import { kebab } from '../../client/inputs/flags.js';

type Inputs = Readonly<Record<string, InputSpec>>;

const code = (value: unknown): string => `\`${String(value)}\``;

function range(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? '' : ` up to ${high}`;
  return high === undefined ? ` from ${low} on` : ` from ${low} to ${high}`;
}

/** What a flag takes, in words. */
function takes(name: string, spec: InputSpec): string {
  switch (spec.type) {
    case 'string':
      if (spec.enum !== undefined) return spec.enum.map(code).join(', ');
      return spec.pattern === undefined ? 'text' : `text like ${code(spec.pattern)}`;
    case 'number':
    case 'integer':
      return `${spec.type}${range(spec.minimum, spec.maximum)}`;
    case 'boolean':
      return `switch, or ${code(`--no-${kebab(name)}`)}`;
    case 'target':
      return spec.group === undefined ? spec.kind : `${spec.kind} of the group ${code(spec.group)}`;
    case 'list':
      return `${spec.items === 'string' ? 'text' : spec.items}, may be repeated`;
    case 'file':
      return 'file of the project';
    case 'duration':
    case 'runbook':
      return spec.type;
    default: {
      const never: never = spec;
      return never;
    }
  }
}

/** What holds where it is not given. */
function unlessTold(spec: InputSpec): string {
  const { default: fallback } = spec;
  if (fallback === undefined) return spec.optional === true ? '' : 'must be given';
  if (typeof fallback === 'boolean') return fallback ? 'yes' : 'no';
  if (Array.isArray(fallback)) return fallback.map(code).join(', ') || 'none';
  return fallback === '' ? 'empty' : code(fallback);
}

/** A table with columns as wide as their widest cell, which is how prettier leaves one. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, at) => Math.max(3, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const [first = '', ...others] = rows.map((row) => line(row, ' '));
  return [first, line([], '-'), ...others].join('\n');
}

/** The flags of a runbook as a table of Markdown; nothing where it has none. */
export function inputsTable(inputs: Inputs): string {
  const rows = Object.entries(inputs).map(([name, spec]) =>
    [code(`--${kebab(name)}`), takes(name, spec), unlessTold(spec), spec.description].map((text) =>
      text.replace(/\s+/g, ' ').replaceAll('|', '\\|'),
    ),
  );
  return rows.length === 0 ? '' : table([['input', 'takes', 'unless told', 'means'], ...rows]);
}

const end = '<!-- end of inputs -->';
const block = new RegExp(
  `(<!-- inputs of ([a-z0-9-]+): generated from the runbook, do not edit -->)\n[\\s\\S]*?${end}`,
  'g',
);

/**
 * A guide with the flags of runbooks where it asks for them: between a comment that names the runbook and one that
 * ends the table.
 * @param inputs the inputs of a runbook; null where there is no such one.
 * @throws RangeError where the guide names a runbook that there is not.
 */
export function withInputs(page: string, inputs: (runbook: string) => Inputs | null): string {
  return page.replace(block, (_all, begin: string, runbook: string) => {
    const found = inputs(runbook);
    if (found === null) throw new RangeError(`no runbook '${runbook}'`);
    return `${begin}\n\n${inputsTable(found)}\n\n${end}`;
  });
}
