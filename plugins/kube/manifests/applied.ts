import { sameJson, type Json, type JsonObject, isObject } from '../../../core/json.js';
import type { LiveObject } from './object.js';

/** Name under which this project owns fields in server-side apply. */
export const fieldManager = 'runbook';

/**
 * Managers that keep an object by client-side apply, which leaves its manifest in an annotation. When
 * kubectl then applies on the server side, it takes over all of their fields, and deletes those that
 * are not in the new manifest; its dry run does not show that.
 */
export function clientSideManagers({ metadata }: LiveObject): string[] {
  const key = 'f:kubectl.kubernetes.io/last-applied-configuration';
  const owners = (metadata.managedFields ?? []).filter(({ operation, fieldsV1 }) => {
    const fields = fieldsV1?.['f:metadata'] as { 'f:annotations'?: object } | undefined;
    return operation === 'Update' && key in (fields?.['f:annotations'] ?? {});
  });
  return owners.map(({ manager = 'unknown' }) => manager);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of the parts that a set of fields speaks of, without the mark for the whole itself. */
function partsOf(fields: Fields): [string, Fields][] {
  return Object.entries(fields)
    .filter(([key]) => key !== '.')
    .map(([key, sub]) => [key, isFields(sub) ? sub : {}]);
}

function element(list: readonly Json[], key: string): Json | undefined {
  const text = key.slice(2);
  if (key.startsWith('i:')) return list[Number(text)];
  const wanted = JSON.parse(text) as Json;
  if (key.startsWith('v:')) return list.find((item) => sameJson(item, wanted));
  if (!isObject(wanted)) return undefined;
  return list.find(
    (item) =>
      isObject(item) &&
      Object.keys(wanted).every((name) => sameJson(item[name] ?? null, wanted[name] ?? null)),
  );
}

/** The part of a value that a set of fields (`fieldsV1` of the API) speaks of. */
export function project(value: Json, fields: Fields): Json {
  const parts = partsOf(fields);
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (parts.length === 0) return list;
    return list.flatMap((item) => {
      const part = parts.find(([key]) => element(list, key) === item);
      return part === undefined ? [] : [project(item, part[1])];
    });
  }
  if (!isObject(value) || (parts.length === 0 && !('.' in fields))) return value;
  const kept = parts.flatMap(([key, sub]): [string, Json][] => {
    const name = key.slice(2);
    const inner = value[name];
    return inner === undefined ? [] : [[name, project(inner, sub)]];
  });
  return Object.fromEntries(kept);
}

/**
 * What this project applied to an object last: the manifest of then, as far as it still holds. Null
 * where it never applied anything to it.
 */
export function lastApplied(live: LiveObject): JsonObject | null {
  const entry = live.metadata.managedFields?.find(
    ({ manager, operation, subresource }) =>
      manager === fieldManager && operation === 'Apply' && subresource === undefined,
  );
  if (entry === undefined) return null;
  const { managedFields: _, ...metadata } = live.metadata;
  const all = { ...live, metadata } as unknown as JsonObject;
  const owned = project(all, entry.fieldsV1 ?? {}) as JsonObject;
  const { name, namespace } = live.metadata;
  return {
    ...owned,
    apiVersion: entry.apiVersion ?? live.apiVersion,
    kind: live.kind,
    metadata: {
      ...(isObject(owned['metadata']) ? owned['metadata'] : {}),
      name,
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}
