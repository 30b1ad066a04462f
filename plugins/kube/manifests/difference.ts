import { canonical, type Json, type JsonObject } from '../../../core/json.js';
import { editsFrom, type Edit } from './edit.js';
import type { LiveObject } from './object.js';

/** Without what the API server counts by itself, and what controllers report. */
function stated({ status: _status, ...object }: LiveObject): JsonObject {
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _number,
    ...metadata
  } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

/** One value that an apply would change. */
export interface Difference {
  readonly path: string;
  readonly is: Json | undefined;
  readonly wanted: Json | undefined;
}

function valueAt(value: Json | undefined, path: Edit[0]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (inner as Record<string | number, Json> | null | undefined)?.[key],
    value,
  );
}

/** What differs between an object and what the API server would make of it, oldest path first. */
export function differences(live: LiveObject, wanted: LiveObject): Difference[] {
  const from = stated(live);
  return editsFrom(from, stated(wanted)).map(([path, value]) => ({
    path: path.join('.'),
    is: valueAt(from, path),
    wanted: value,
  }));
}

function short(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const text = typeof value === 'string' ? value : canonical(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** A difference as text; of a Secret the path alone. */
export function differenceText({ path, is, wanted }: Difference, kind: string): string {
  return kind === 'Secret' ? path : `${path} is ${short(is)} instead of ${short(wanted)}`;
}
