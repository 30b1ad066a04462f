import { z } from 'zod';
import type { AnyAction } from '../action.js';
import { isObject } from '../json.js';
import { durationPattern } from '../duration.js';
import { secretsIn } from '../run/secrets.js';
import type { ProblemBelow } from './problem.js';
import { inputNamePattern } from './input-spec.js';
import { jsonSchema } from './shape.js';

const keepNewline = z
  .literal(true)
  .optional()
  .describe('Keep the newline at the end, which is cut off otherwise: for keys that need it.');

const source = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a name of an environment variable')
      .describe('Environment variable of the worker that holds the value.'),
  }),
  z.strictObject({
    file: z
      .string()
      .min(1)
      .describe('File on the worker, relative to this one, that its user alone may read.'),
    keepNewline,
  }),
  z.strictObject({
    command: z
      .array(
        z.string().refine((text) => !text.includes('\0'), 'an argument holds no NUL character'),
      )
      .min(1, 'a command needs a program')
      .refine(([program]) => program !== '', 'a command needs a program')
      .describe(
        'Program with its arguments, run in the folder of the project; it prints the value.',
      ),
    timeout: z
      .string()
      .regex(durationPattern, 'not a duration: write it as 250ms, 90s, 10m or 1h30m')
      .optional()
      .describe('The longest it may take; 10s unless told.'),
    keepNewline,
  }),
]);

/** Where the value of a secret comes from. */
export type SecretSource = z.output<typeof source>;

/** The secrets of a project. */
export const secretsSchema = z.record(
  z.string().regex(inputNamePattern, 'a name of a secret is camelCase letters and digits'),
  source.describe('Where the value comes from.'),
);

/** Schemas within a JSON Schema that a member of a value may fit. */
function inside(schema: unknown, key: string | number): unknown[] {
  if (!isObject(schema)) return [];
  const { properties, additionalProperties, items, anyOf, oneOf } = schema;
  const options = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const own =
    typeof key === 'number'
      ? items
      : isObject(properties) && Object.hasOwn(properties, key)
        ? properties[key]
        : additionalProperties;
  return [own, ...options.flatMap((option) => inside(option, key))];
}

/** JSON Schemas of inputs: each step with a secret asks for that of its action. */
const schemas = new WeakMap<z.ZodType, Record<string, unknown>>();

function schemaOf(input: z.ZodType): Record<string, unknown> {
  const schema = schemas.get(input) ?? jsonSchema(input, 'input');
  schemas.set(input, schema);
  return schema;
}

/** True where the schema of an action's input lets a secret stand: at a field that says so, or below one. */
function takesSecret(input: z.ZodType, at: readonly (string | number)[]): boolean {
  let here: unknown[] = [schemaOf(input)];
  for (const key of at) {
    here = here.flatMap((schema) => inside(schema, key));
    if (here.some((schema) => isObject(schema) && schema['secret'] === true)) return true;
  }
  return false;
}

/** Names of the fields of an action's input in which secrets may stand. */
function secretFields(input: z.ZodType): string[] {
  const { properties } = schemaOf(input);
  if (!isObject(properties)) return [];
  return Object.keys(properties).filter((name) => takesSecret(input, [name]));
}

/** Secrets in what is written as an action's input that stand where the action does not keep them from being seen. */
export function misplacedSecrets(written: unknown, action: AnyAction): ProblemBelow[] {
  return secretsIn(written).flatMap(({ at }) => {
    if (at.length === 0 || takesSecret(action.input, at)) return [];
    const fields = secretFields(action.input);
    const message = `${action.name} takes no secret here: it could be seen`;
    const hint = fields.length === 0 ? null : `it takes secrets in: ${fields.join(', ')}`;
    return [{ path: at, message, hint }];
  });
}
