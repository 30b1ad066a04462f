import type { Command } from 'commander';
import type { InputSpec } from '../../core/definition/input-spec.js';
import type { Runbook } from '../../core/definition/runbook.js';
import type { JsonObject } from '../../core/json.js';
import { collect, type Options } from '../command.js';
import { keyValues, numberOr } from './values.js';

/** `nodeName` as a flag: `node-name`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

/** `node-name` as commander names its value: `nodeName`. */
function attribute(flag: string): string {
  return flag.replace(/-([a-z0-9])/g, (_all, char: string) => char.toUpperCase());
}

function valueName(spec: InputSpec): string {
  switch (spec.type) {
    case 'target':
      return spec.kind;
    case 'list':
      return spec.items;
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
    case 'boolean':
    case 'duration':
    case 'runbook':
    case 'file':
      return spec.type;
    default: {
      const never: never = spec;
      return never;
    }
  }
}

/** What the help says of an input besides its description. */
export function remarks(spec: InputSpec): string {
  const found: string[] = [];
  if (spec.type === 'string' && spec.enum !== undefined)
    found.push(`one of ${spec.enum.join(', ')}`);
  if (spec.type === 'string' && spec.pattern !== undefined) found.push(`like ${spec.pattern}`);
  if (spec.type === 'target' && spec.group !== undefined) found.push(`of group ${spec.group}`);
  if (spec.type === 'number' || spec.type === 'integer') {
    if (spec.minimum !== undefined) found.push(`at least ${spec.minimum}`);
    if (spec.maximum !== undefined) found.push(`at most ${spec.maximum}`);
  }
  if (spec.type === 'list') found.push('may be repeated');
  if (spec.type === 'file') found.push("by its path in the project's folder");
  if (spec.default !== undefined) {
    const text = Array.isArray(spec.default) ? spec.default.join(', ') : String(spec.default);
    found.push(`default ${text}`);
  } else if (spec.optional !== true) found.push('required');
  return found.length === 0 ? '' : ` (${found.join('; ')})`;
}

/** Adds a flag for every input; `taken` are flags that mean something else already. */
export function addInputFlags(
  command: Command,
  runbook: Runbook,
  taken: ReadonlySet<string>,
): void {
  command.option('--input <name=value>', 'any input by its name, also one without a flag', collect);
  for (const [name, spec] of Object.entries(runbook.inputs ?? {})) {
    const flag = kebab(name);
    if (taken.has(flag)) continue;
    const text = `${spec.description}${remarks(spec)}`;
    if (spec.type === 'boolean') {
      command.option(`--${flag}`, text);
      command.option(`--no-${flag}`, 'the opposite');
    } else if (spec.type === 'list') {
      command.option(`--${flag} <${valueName(spec)}>`, text, collect);
    } else {
      command.option(`--${flag} <${valueName(spec)}>`, text);
    }
  }
}

function typed(spec: InputSpec, value: unknown): unknown {
  if (spec.type === 'number' || spec.type === 'integer') return numberOr(value);
  if (spec.type === 'list' && spec.items === 'number' && Array.isArray(value))
    return value.map(numberOr);
  return value;
}

/** Inputs as they were given: by flags and by `--input name=value`. */
export async function givenInputs(
  runbook: Runbook,
  options: Options,
  given: (name: string) => boolean,
  taken: ReadonlySet<string>,
): Promise<JsonObject> {
  const inputs: Record<string, unknown> = {};
  const free = Array.isArray(options['input']) ? (options['input'] as string[]) : [];
  for (const [name, value] of Object.entries(await keyValues(free, '--input'))) {
    const spec = runbook.inputs?.[name];
    // A text stays a text: `--input version=1.10` is no number.
    inputs[name] = spec === undefined ? value.parsed : typedText(spec, value);
  }
  for (const [name, spec] of Object.entries(runbook.inputs ?? {})) {
    const flag = kebab(name);
    const key = attribute(flag);
    if (taken.has(flag) || !given(key)) continue;
    inputs[name] = typed(spec, options[key]);
  }
  return inputs as JsonObject;
}

function typedText(
  spec: InputSpec,
  value: { readonly text: string; readonly parsed: unknown },
): unknown {
  switch (spec.type) {
    case 'boolean':
    case 'list':
      return value.parsed;
    case 'number':
    case 'integer':
      return numberOr(value.text);
    default:
      return value.text;
  }
}

/** The flags of a run's inputs, to start it again: `--node k8s-w0`. */
export function flagsOf(runbook: Runbook, inputs: JsonObject): string[] {
  return Object.entries(inputs).flatMap(([name, value]) => {
    const spec = runbook.inputs?.[name];
    const flag = `--${kebab(name)}`;
    if (spec?.type === 'boolean') return [value === true ? flag : `--no-${kebab(name)}`];
    if (Array.isArray(value)) return value.flatMap((one) => [flag, quoted(String(one))]);
    return [flag, quoted(String(value))];
  });
}

/** A word as a shell reads it back. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
