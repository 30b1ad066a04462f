import { PermanentError } from '../../../core/errors.js';
import type { Target } from '../../../core/target.js';
import { lastApplied } from './applied.js';
import { refuseClientSide } from './compare.js';
import { refOf, type LiveObject, type ManifestObject } from './object.js';
import { bare, formerManifest, type Before } from './state.js';

/**
 * What must be applied, or deleted, to bring back what was found.
 * @throws PermanentError `irreversible` where that was not kept; `refused` where others keep the object by
 *   client-side apply now.
 */
export function wayBack(
  cluster: Target,
  objects: readonly ManifestObject[],
  namespace: string,
  live: readonly (LiveObject | null)[],
  before: Before,
): { readonly apply: ManifestObject[]; readonly remove: ManifestObject[] } {
  const apply: ManifestObject[] = [];
  const remove: ManifestObject[] = [];
  objects.forEach((object, at) => {
    const found = before.objects[at];
    const now = live[at] ?? null;
    if (found === undefined || found === 'same' || now === null) return;
    if (found === 'absent') {
      remove.push(object);
      return;
    }
    // Half an apply has not come to this object.
    if (lastApplied(now) === null) return;
    refuseClientSide(cluster, object, now);
    if (found === 'foreign') apply.push(bare(object));
    else if (typeof found === 'object') {
      apply.push(formerManifest(object, found.former, now, namespace));
    } else {
      const why = found === 'secret' ? 'it is a secret' : 'it is too large';
      throw new PermanentError(
        'irreversible',
        `${cluster.name}: the former manifest of ${refOf(object)} was not kept: ${why}`,
        { hint: 'Apply the former version of the manifest by its own runbook or file.' },
      );
    }
  });
  return { apply, remove };
}
