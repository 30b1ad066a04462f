import { durationPattern } from '../duration.js';
import type { Json } from '../json.js';
import { glob } from '../run/glob.js';
import type { Inputs } from '../run/program.js';
import type { Inventory } from './inventory.js';
import { didYouMean } from './nearest.js';
import type { InputSpec } from './input-spec.js';
import type { Runbook } from './runbook.js';

/** What inputs are checked against. */
export interface Known {
  readonly inventory: Inventory;
  readonly runbookNames: readonly string[];
  /** Why a file of the project cannot be used, or null; left out, it shows when the files are read. */
  readonly dataFile?: (name: string) => string | null;
}

/** Checks one value; why it does not fit, or null. */
function problemOf(spec: InputSpec, value: unknown, known: Known): string | null {
  const among = (text: unknown, names: readonly string[], what: string): string | null => {
    if (typeof text !== 'string') return `is not the name of a ${what}`;
    if (names.includes(text)) return null;
    const hint = didYouMean(text, names);
    return `unknown ${what} '${text}'${hint === null ? '' : ` (${hint})`}`;
  };
  const { hosts, clusters, groups } = known.inventory;
  switch (spec.type) {
    case 'string':
      if (typeof value !== 'string') return 'is not text';
      if (spec.enum !== undefined) return among(value, spec.enum, 'value');
      if (spec.pattern !== undefined && !glob(value, spec.pattern))
        return `'${value}' does not match ${spec.pattern}`;
      return null;
    case 'number':
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'is not a number';
      if (spec.type === 'integer' && !Number.isSafeInteger(value))
        return `${value} is not a whole number`;
      if (spec.minimum !== undefined && value < spec.minimum)
        return `${value} is less than ${spec.minimum}`;
      if (spec.maximum !== undefined && value > spec.maximum)
        return `${value} is more than ${spec.maximum}`;
      return null;
    case 'boolean':
      return typeof value === 'boolean' ? null : 'is not true or false';
    case 'duration':
      return typeof value === 'string' && durationPattern.test(value)
        ? null
        : `${JSON.stringify(value)} is not a duration such as 90s or 10m`;
    case 'target': {
      const names = Object.keys(spec.kind === 'host' ? hosts : clusters);
      const wrong = among(value, names, spec.kind);
      if (wrong !== null || spec.group === undefined) return wrong;
      const members = groups[spec.group] ?? [];
      return members.includes(String(value))
        ? null
        : `'${String(value)}' is not in group ${spec.group} (${members.join(', ')})`;
    }
    case 'runbook':
      return among(value, known.runbookNames, 'runbook');
    case 'file':
      return typeof value === 'string'
        ? (known.dataFile?.(value) ?? null)
        : 'is not the path of a file';
    case 'list': {
      if (!Array.isArray(value)) return 'is not a list';
      for (const item of value) {
        const wrong =
          spec.items === 'number'
            ? typeof item === 'number'
              ? null
              : 'holds something that is not a number'
            : spec.items === 'string'
              ? typeof item === 'string'
                ? null
                : 'holds something that is not text'
              : among(item, Object.keys(spec.items === 'host' ? hosts : clusters), spec.items);
        if (wrong !== null) return wrong;
      }
      return null;
    }
  }
}

/**
 * Values of a runbook's inputs: what was given, and defaults for the rest. Every problem, where
 * something is missing, unknown or does not fit.
 */
export function resolveInputs(
  runbook: Runbook,
  given: Readonly<Record<string, unknown>>,
  known: Known,
): { readonly inputs: Inputs } | { readonly problems: readonly string[] } {
  const specs = runbook.inputs ?? {};
  const problems: string[] = [];
  const inputs: Record<string, Json> = {};
  for (const key of Object.keys(given)) {
    if (key in specs) continue;
    const hint = didYouMean(key, Object.keys(specs));
    problems.push(
      `${key}: runbook '${runbook.name}' has no such input${hint === null ? '' : ` (${hint})`}`,
    );
  }
  for (const [key, spec] of Object.entries(specs)) {
    // null is what an expression gives for "nothing": as good as leaving the input out.
    const value = given[key] ?? spec.default;
    if (value === undefined || value === null) {
      if (spec.optional !== true) problems.push(`${key}: is missing: ${spec.description}`);
      continue;
    }
    const wrong = problemOf(spec, value, known);
    if (wrong === null) inputs[key] = value as Json;
    else problems.push(`${key}: ${wrong}`);
  }
  return problems.length > 0 ? { problems } : { inputs };
}
