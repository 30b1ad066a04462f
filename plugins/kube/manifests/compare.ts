import { PermanentError } from '../../../core/errors.js';
import { excerpt } from '../../../core/excerpt.js';
import type { Target } from '../../../core/target.js';
import { clientSideManagers } from './applied.js';
import { differences, differenceText, type Difference } from './difference.js';
import { applyObjects, liveObjects } from './look.js';
import { isSame, refOf, versionOf, type LiveObject, type ManifestObject } from './object.js';

/** What there is of a manifest, and what an apply would change. */
export interface Comparison {
  readonly live: readonly (LiveObject | null)[];
  /** What an apply would change, per object; empty for what does not exist. */
  readonly differs: readonly (readonly Difference[])[];
}

/** A controller may change an object between the two looks at it; then both are taken again. */
const looks = 5;

/** Compares what there is with what the API server would make of it. */
export async function compare(
  cluster: Target,
  objects: readonly ManifestObject[],
  namespace: string,
  left = looks,
): Promise<Comparison> {
  const live = await liveObjects(cluster, objects, namespace);
  const present = objects.filter((_, at) => live[at] !== null);
  const made = present.length === 0 ? [] : await applyObjects(cluster, present, namespace, true);
  const pairs = live.map((object) => {
    const wanted = object === null ? undefined : made.find((each) => isSame(each, object));
    return object === null || wanted === undefined ? null : { object, wanted };
  });
  // The answer of a dry run bears the version of the object that it was worked out from.
  const moved = pairs.some(
    (pair) => pair !== null && versionOf(pair.object) !== versionOf(pair.wanted),
  );
  if (moved && left > 1) return compare(cluster, objects, namespace, left - 1);
  const differs = pairs.map((pair) => (pair === null ? [] : differences(pair.object, pair.wanted)));
  objects.forEach((object, at) => {
    if ((differs[at] ?? []).length > 0) refuseClientSide(cluster, object, live[at] ?? null);
  });
  return { live, differs };
}

/** @throws PermanentError `refused` where kubectl would take away from others what they own. */
export function refuseClientSide(
  cluster: Target,
  object: ManifestObject,
  live: LiveObject | null,
): void {
  const [manager] = live === null ? [] : clientSideManagers(live);
  if (manager === undefined) return;
  throw new PermanentError(
    'refused',
    `${cluster.name}: ${refOf(object)} is kept by client-side apply (${manager}): kubectl would delete all of its fields that are not in this manifest`,
    {
      hint: 'Change it where that manager gets it from; or hand it over by hand: kubectl apply --server-side with its whole manifest.',
    },
  );
}

/** The drift of a manifest as text; null where there is none. */
export function driftOf(
  objects: readonly ManifestObject[],
  { live, differs }: Comparison,
): string | null {
  const texts = objects.flatMap((object, at) => {
    if (live[at] === null) return [`${refOf(object)} does not exist`];
    const texts = (differs[at] ?? []).map((each) => differenceText(each, object.kind));
    return texts.length === 0 ? [] : [`${refOf(object)}: ${texts.join(', ')}`];
  });
  return texts.length === 0 ? null : excerpt(texts.join('; '), 256);
}
