import { createHash } from 'node:crypto';
import { jsonBytes } from '../../../core/excerpt.js';
import { canonical, type Json, type JsonObject } from '../../../core/json.js';
import { lastApplied } from './applied.js';
import type { Difference } from './difference.js';
import { editsFrom, withEdits, type Edit } from './edit.js';
import { refOf, type LiveObject, type ManifestObject } from './object.js';

/**
 * How an object was found: absent; as wanted already; there, and never applied by this project; or
 * applied before, by a manifest that differs from the new one in these edits, is too large to be kept,
 * or is a secret.
 */
export type Found =
  'absent' | 'same' | 'foreign' | 'too-large' | 'secret' | { readonly former: readonly Edit[] };

/** What undo needs for a whole manifest, in the order of its objects. */
export type Before = {
  readonly objects: readonly Found[];
  /** A mark for what an apply would change; empty where it would change nothing. */
  readonly differs: string;
};

/** Bytes of `before` that may go into the history, with some to spare for its frame. */
const maxBytes = 960;

function hash(value: unknown, length: number): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, length);
}

/** How one object was found. */
function foundOf(
  object: ManifestObject,
  live: LiveObject | null,
  differs: readonly Difference[],
  namespace: string,
): Found {
  if (live === null) return 'absent';
  if (differs.length === 0) return 'same';
  const former = lastApplied(live);
  if (former === null) return 'foreign';
  if (object.kind === 'Secret') return 'secret';
  return { former: editsFrom(written(object, live, namespace), former) };
}

/** The manifest's object with the namespace that the API shows, so that only real changes remain. */
function written(object: ManifestObject, live: LiveObject | null, namespace: string): JsonObject {
  const { namespace: _, ...metadata } = object.metadata;
  const place = live === null || live.metadata.namespace !== undefined;
  const own = object.metadata.namespace ?? namespace;
  return {
    ...(object as unknown as JsonObject),
    metadata: { ...(metadata as JsonObject), ...(place ? { namespace: own } : {}) },
  };
}

/** How all objects were found, small enough for the history. */
export function beforeOf(
  objects: readonly ManifestObject[],
  live: readonly (LiveObject | null)[],
  differs: readonly (readonly Difference[])[],
  namespace: string,
): Before {
  const found = objects.map((object, at) =>
    foundOf(object, live[at] ?? null, differs[at] ?? [], namespace),
  );
  let free = maxBytes - 12 * objects.length;
  const fitted = found.map((each): Found => {
    if (typeof each === 'string') return each;
    free -= jsonBytes(each);
    return free >= 0 ? each : 'too-large';
  });
  // Of a Secret not even a hash of its values, which could be tried against guesses.
  const changes = objects.map((object, at) =>
    object.kind === 'Secret' ? differs[at]?.map(({ path }) => path) : differs[at],
  );
  const changed = differs.some((each) => each.length > 0);
  return { objects: fitted, differs: changed ? hash(changes, 12) : '' };
}

/** The manifest that was applied before. */
export function formerManifest(
  object: ManifestObject,
  former: readonly Edit[],
  live: LiveObject,
  namespace: string,
): ManifestObject {
  const value: Json = withEdits(written(object, live, namespace), former);
  return value as unknown as ManifestObject;
}

/** An object that states nothing: applying it gives up all that this project owns of it. */
export function bare(object: ManifestObject): ManifestObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** What a manifest owns, as one short text. */
export function ownedText(objects: readonly ManifestObject[]): string {
  const [first] = objects;
  if (first === undefined) return 'manifest';
  const refs = objects.map((object) => `${object.apiVersion} ${refOf(object)}`);
  const rest = objects.length === 1 ? '' : `+${objects.length - 1}/${hash(refs, 12)}`;
  return `manifest/${refOf(first).replace(' ', '/')}${rest}`;
}
