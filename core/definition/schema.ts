import { z } from 'zod';
import { isObject } from '../json.js';
import { didYouMean } from './nearest.js';
import type { Problem } from './problem.js';
import type { Source } from './source.js';

type Path = readonly (string | number)[];

/** A schema without its wrappers: optional, default, lazy, transform. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodLazy) return unwrap(schema.unwrap());
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

function requiredKeys(option: z.ZodObject): string[] {
  return Object.entries(option.shape)
    .filter(([, field]) => !(field as z.ZodType).safeParse(undefined).success)
    .map(([key]) => key);
}

/** Values of a discriminated union's marking key, with the option that each chooses. */
function discriminated(
  union: z.ZodUnion,
): { key: string; options: Map<string, z.core.$ZodType> } | null {
  if (!(union instanceof z.ZodDiscriminatedUnion)) return null;
  const key = union.def.discriminator;
  const options = new Map<string, z.core.$ZodType>();
  for (const candidate of union.options) {
    const inner = unwrap(candidate);
    if (!(inner instanceof z.ZodObject)) continue;
    const mark = unwrap(inner.shape[key] as z.core.$ZodType);
    if (mark instanceof z.ZodLiteral)
      for (const value of mark.values) options.set(String(value), inner);
    if (mark instanceof z.ZodEnum)
      for (const value of mark.options) options.set(String(value), inner);
  }
  return { key, options };
}

/** The member of a union that a value was meant to be: the one whose marking key it has. */
function option(union: z.ZodUnion, value: unknown): z.core.$ZodType | string {
  const options = union.options.map(unwrap);
  const marked = discriminated(union);
  if (marked !== null) {
    const chosen = isObject(value) ? value[marked.key] : undefined;
    const found = marked.options.get(String(chosen));
    if (found !== undefined) return found;
    const valid = [...marked.options.keys()];
    if (chosen === undefined) return `needs '${marked.key}': one of ${valid.join(', ')}`;
    const near = didYouMean(String(chosen), valid);
    return `${marked.key} '${String(chosen)}' is not one of ${valid.join(', ')}${near === null ? '' : ` (${near})`}`;
  }
  const objects = options.filter((candidate) => candidate instanceof z.ZodObject);
  if (!isObject(value))
    return options.find((candidate) => !(candidate instanceof z.ZodObject)) ?? 'expected a map';
  const [first] = objects;
  if (first === undefined) return 'expected another type';
  const shared = objects.map(requiredKeys).reduce((a, b) => a.filter((key) => b.includes(key)));
  const marks = objects.map((candidate) =>
    requiredKeys(candidate).filter((key) => !shared.includes(key)),
  );
  const fitting = objects.filter((_candidate, i) => marks[i]?.some((key) => key in value));
  const [only] = fitting;
  if (only === undefined) return `needs one of ${[...new Set(marks.flat())].join(', ')}`;
  // `forEach` has `steps`, too: the one that has every mark of the others is meant.
  const all = fitting.flatMap((candidate) => marks[objects.indexOf(candidate)] ?? []);
  const widest = fitting.find((candidate) => {
    const own = marks[objects.indexOf(candidate)] ?? [];
    return own.every((key) => key in value) && all.every((key) => own.includes(key));
  });
  if (widest !== undefined) return widest;
  if (fitting.length > 1) {
    return `has several of ${marks
      .flat()
      .filter((key) => key in value)
      .join(', ')}: only one is possible`;
  }
  return only;
}

/** Schema of the value at a path, as far as it can be told; null otherwise. */
export function schemaAt(
  schema: z.core.$ZodType,
  value: unknown,
  path: Path,
): z.core.$ZodType | null {
  let at: z.core.$ZodType = unwrap(schema);
  let here = value;
  for (const key of path) {
    if (at instanceof z.ZodUnion) {
      const chosen = option(at, here);
      if (typeof chosen === 'string') return null;
      at = chosen;
    }
    let next: z.core.$ZodType | undefined;
    if (at instanceof z.ZodObject) next = at.shape[String(key)] as z.core.$ZodType | undefined;
    else if (at instanceof z.ZodArray) next = at.element;
    else if (at instanceof z.ZodRecord) next = at.valueType;
    if (next === undefined) return null;
    at = unwrap(next);
    here =
      typeof here === 'object' && here !== null
        ? (here as Record<string, unknown>)[key]
        : undefined;
  }
  return at;
}

function keysOf(schema: z.core.$ZodType | null, value: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodUnion) {
    const chosen = option(schema, value);
    return typeof chosen === 'string' ? [] : keysOf(chosen, value);
  }
  return [];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null
        ? (here as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** How a finding is turned into a problem: with its place in a file, or without one. */
export type Place = (
  path: Path,
  message: string,
  hint: string | null,
  at: 'value' | 'key',
) => Problem;

/** Places findings in a source, below a path. */
export function inSource(source: Source, prefix: Path = []): Place {
  return (path, message, hint, at) => source.problem([...prefix, ...path], message, hint, at);
}

/** Problems of an issue list, the union's branches resolved to the one that was meant. */
function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  value: unknown,
  prefix: Path,
  place: Place,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    let path: Path = [...prefix, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      const valid = keysOf(schemaAt(schema, value, path), valueAt(value, path));
      return issue.keys.map((key) =>
        place([...path, key], `unknown key '${key}'`, didYouMean(key, valid), 'key'),
      );
    }
    if (issue.code === 'invalid_union') {
      // A discriminated union points at its marking key, any other at the value itself.
      let union = schemaAt(schema, value, path);
      if (!(union instanceof z.ZodUnion) && path.length > 0) {
        path = path.slice(0, -1);
        union = schemaAt(schema, value, path);
      }
      const here = valueAt(value, path);
      const chosen = union instanceof z.ZodUnion ? option(union, here) : issue.message;
      if (typeof chosen === 'string') {
        const known = union instanceof z.ZodUnion && isObject(here) ? strayKey(union, here) : null;
        return [place(path, chosen, known, 'value')];
      }
      const inner = z.core.safeParse(chosen, here);
      if (inner.success) return [place(path, issue.message, null, 'value')];
      return problemsOf(inner.error.issues, schema, value, path, place);
    }
    if (issue.code === 'invalid_value' && issue.values.length > 1) {
      const wrong = valueAt(value, path);
      const valid = issue.values.map(String);
      const shown =
        wrong === undefined ? 'is missing' : `'${String(wrong)}' is not one of ${valid.join(', ')}`;
      return [
        place(path, shown, typeof wrong === 'string' ? didYouMean(wrong, valid) : null, 'value'),
      ];
    }
    if (issue.code === 'invalid_type' && valueAt(value, path) === undefined) {
      return [place(path, `'${String(path.at(-1) ?? '')}' is missing`, null, 'value')];
    }
    if (issue.code === 'invalid_key') {
      const why = issue.issues.map((inner) => inner.message).join(', ');
      return [place(path, why, null, 'key')];
    }
    return [place(path, issue.message, null, 'value')];
  });
}

/** A key that is no option's mark, and the mark it was meant to be: `actoin`. */
function strayKey(union: z.ZodUnion, value: object): string | null {
  const marks = union.options
    .map(unwrap)
    .flatMap((candidate) => (candidate instanceof z.ZodObject ? Object.keys(candidate.shape) : []));
  for (const key of Object.keys(value)) {
    if (marks.includes(key)) continue;
    const near = didYouMean(key, new Set(marks));
    if (near?.startsWith('did') === true) return `'${key}': ${near}`;
  }
  return null;
}

/** Parses a value by a schema; every problem, each with its place, where it does not fit. */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: Place,
): { readonly value: T } | { readonly problems: readonly Problem[] } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  return { problems: inOrder(problemsOf(result.error.issues, schema, value, [], place)) };
}

/** Problems in the order of the file. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
