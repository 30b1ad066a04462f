import { z } from 'zod';
import { isObject } from '../json.js';
import type { InputSpec } from './input-spec.js';
import type { Runbook } from './runbook.js';

/** Type of a JSON value, as far as expressions can be checked against it. */
export type Shape =
  | { readonly kind: 'any' | 'string' | 'number' | 'boolean' | 'null' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Shape>> };

const any: Shape = { kind: 'any' };
const text: Shape = { kind: 'string' };
const truth: Shape = { kind: 'boolean' };

/** Makes an object shape. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'object', fields };
}

function ofJsonSchema(schema: unknown): Shape {
  if (!isObject(schema)) return any;
  const { type, properties, items, additionalProperties } = schema;
  if (schema['enum'] !== undefined && type === undefined) return text;
  if (schema['const'] !== undefined && type === undefined) {
    return typeof schema['const'] === 'string' ? text : any;
  }
  switch (type) {
    case 'string':
      return text;
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
      return truth;
    case 'null':
      return { kind: 'null' };
    case 'array':
      return { kind: 'list', of: ofJsonSchema(items) };
    case 'object': {
      if (isObject(properties)) {
        return object(
          Object.fromEntries(
            Object.entries(properties).map(([key, field]) => [key, ofJsonSchema(field)]),
          ),
        );
      }
      return { kind: 'map', of: ofJsonSchema(additionalProperties) };
    }
    default:
      return any;
  }
}

/** JSON Schema of a zod schema: of what is written (`input`) or of what comes out (`output`). */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
}

const cache = new WeakMap<z.ZodType, { input?: Shape; output?: Shape }>();

/** Shape of a zod schema. Unions are `any`: expressions over them are checked when they run. */
export function shapeOf(schema: z.ZodType, io: 'input' | 'output'): Shape {
  const known = cache.get(schema) ?? {};
  const shape = known[io] ?? ofJsonSchema(jsonSchema(schema, io));
  cache.set(schema, { ...known, [io]: shape });
  return shape;
}

function inputShape(spec: InputSpec): Shape {
  switch (spec.type) {
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'boolean':
      return truth;
    case 'list':
      return { kind: 'list', of: spec.items === 'number' ? { kind: 'number' } : text };
    default:
      return text;
  }
}

/** What a target looks like to expressions: the members of hosts and clusters together. */
const targetShape = object({
  kind: text,
  name: text,
  via: any,
  path: { kind: 'list', of: text },
  vars: any,
  taskQueue: any,
  address: any,
  port: { kind: 'number' },
  user: text,
  key: any,
  knownHosts: any,
  cluster: any,
  groups: { kind: 'list', of: text },
  machine: any,
  kubeconfig: any,
  context: any,
  uid: any,
  controlPlane: any,
});

/** What comes out of a `forEach`. */
export const fleetOutput = object({
  items: { kind: 'number' },
  changed: { kind: 'number' },
  failed: { kind: 'list', of: text },
});

/** What a step looks like to later expressions. */
export function stepShape(output: Shape): Shape {
  return object({ outcome: text, changed: truth, drift: any, before: any, output, targets: any });
}

/** Everything that the expressions of a runbook may refer to. */
export function scopeShape(
  runbook: Runbook,
  steps: Readonly<Record<string, Shape>>,
  secrets: readonly string[] = [],
): Shape {
  const inputs = Object.entries(runbook.inputs ?? {}).map(
    ([name, spec]) => [name, inputShape(spec)] as const,
  );
  return object({
    inputs: object(Object.fromEntries(inputs)),
    target: targetShape,
    inventory: object({ hosts: any, clusters: any, groups: any }),
    steps: object(steps),
    run: object({ id: text, startedAt: text, user: text, runbook: text }),
    paths: object({ state: text, cache: text, project: text, package: text }),
    project: object({ id: text, name: text }),
    files: any,
    secrets: object(Object.fromEntries(secrets.map((name) => [name, text]))),
    item: any,
  });
}

/** Shape of a member; null when there is none of that name. */
export function member(shape: Shape, key: string): Shape | null {
  if (shape.kind === 'any') return any;
  if (shape.kind === 'map') return shape.of;
  if (shape.kind === 'object')
    return Object.hasOwn(shape.fields, key) ? (shape.fields[key] ?? null) : null;
  return null;
}
