import { isObject, type JsonObject } from '../json.js';
import { fill, type Scope } from './expression.js';

/** Where a secret stands in an action's input, and which one it is. */
export interface SecretUse {
  readonly at: readonly (string | number)[];
  readonly name: string;
}

/** A whole text that is `${{ secrets.x }}` or `${{ secrets["x"] }}`, and nothing else. */
const whole = /^\s*\$\{\{\s*secrets(?:\.(\w+)|\[\s*(["'])(\w+)\2\s*\])\s*\}\}\s*$/;

/** The secret that a text of a definition stands for; null where it is anything else. */
export function secretName(text: string): string | null {
  const found = whole.exec(text);
  return found?.[1] ?? found?.[3] ?? null;
}

/** What stands in a run's history where a secret is meant: as people write it. */
export function secretText(name: string): string {
  return `\${{ secrets.${name} }}`;
}

/** Every secret in an input as its runbook writes it. */
export function secretsIn(written: unknown, at: SecretUse['at'] = []): SecretUse[] {
  if (typeof written === 'string') {
    const name = secretName(written);
    return name === null ? [] : [{ at, name }];
  }
  if (Array.isArray(written)) return written.flatMap((item, i) => secretsIn(item, [...at, i]));
  if (!isObject(written)) return [];
  return Object.entries(written).flatMap(([key, item]) => secretsIn(item, [...at, key]));
}

/** An action's input as its runbook writes it, with the expressions evaluated. */
export interface FilledInput {
  /** Secrets stand in it as they are written. */
  readonly input: JsonObject;
  /** Where they stand, by the definition alone: data that looks like one is none. Left out where there are none. */
  readonly secrets?: readonly SecretUse[];
}

/** Evaluates an input. @throws PermanentError `expression-failed`. */
export function fillInput(written: unknown, scope: Scope): FilledInput {
  const uses = secretsIn(written);
  const secrets = Object.fromEntries(uses.map(({ name }) => [name, secretText(name)]));
  const input = fill(written ?? {}, uses.length === 0 ? scope : { ...scope, secrets });
  return { input: input as JsonObject, ...(uses.length === 0 ? {} : { secrets: uses }) };
}

function valueAt(input: unknown, at: SecretUse['at']): unknown {
  return at.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null && Object.hasOwn(here, key)
        ? (here as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    input,
  );
}

/** The secrets that still stand in an input, which a person may have edited since. */
export function standing(input: JsonObject, uses: readonly SecretUse[]): SecretUse[] {
  return uses.filter(({ at, name }) => valueAt(input, at) === secretText(name));
}

function replaced(here: unknown, [key, ...rest]: SecretUse['at'], value: string): unknown {
  if (key === undefined) return value;
  if (Array.isArray(here)) {
    return here.map((item, i) => (i === key ? replaced(item, rest, value) : item));
  }
  if (!isObject(here)) return here;
  return Object.fromEntries(
    Object.entries(here).map(([name, item]) => [
      name,
      name === key ? replaced(item, rest, value) : item,
    ]),
  );
}

/** A copy of an input with the values of its secrets in their places. */
export function withSecrets(
  input: JsonObject,
  uses: readonly SecretUse[],
  values: ReadonlyMap<string, string>,
): JsonObject {
  return standing(input, uses).reduce<JsonObject>((filled, { at, name }) => {
    const value = values.get(name);
    return value === undefined ? filled : (replaced(filled, at, value) as JsonObject);
  }, input);
}
