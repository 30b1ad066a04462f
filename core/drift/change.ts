import type { PlannedStep } from '../record.js';
import { drifts, type DriftCheck, type Told, type ToldPlace } from '../run/drift.js';

/** How a check differs from what its schedule has told. */
export interface DriftChange {
  readonly appeared: readonly ToldPlace[];
  readonly gone: readonly ToldPlace[];
  /** Could be checked before, and cannot now. */
  readonly unknown: readonly ToldPlace[];
  readonly known: readonly ToldPlace[];
  /** True where nothing could be checked, and it was not so before. */
  readonly failed: boolean;
  /** True where nothing could be checked before, and it is not so now. */
  readonly works: boolean;
}

/** True where there is anything to tell. */
export function isChange({ appeared, gone, unknown, known, failed, works }: DriftChange): boolean {
  return failed || works || [appeared, gone, unknown, known].some((list) => list.length > 0);
}

/** The same for the same step on the same target. */
export function keyOf({ path, target }: Pick<PlannedStep, 'path' | 'target'>): string {
  return JSON.stringify([path, target]);
}

/** True for a step that could not be looked at. */
export function isUnknown({ kind }: Pick<PlannedStep, 'kind'>): boolean {
  return kind === 'undetermined';
}

/** What became of a place that was told. */
function became(
  place: ToldPlace,
  step: PlannedStep | undefined,
): 'over' | 'same' | 'other' | 'carried' {
  if (step === undefined) return 'over';
  // It is looked at once an earlier step has mended what it hangs on.
  if (step.kind === 'deferred') return 'carried';
  if (isUnknown(place)) return isUnknown(step) ? 'same' : 'over';
  // Drift that cannot be looked at now is not mended by that.
  if (isUnknown(step)) return 'carried';
  if (!drifts(step)) return 'over';
  return step.kind === place.kind ? 'same' : 'other';
}

/**
 * How a check differs from what its schedule has told, and the places that it has told with that.
 * @param counts whether the drift of a step counts: nobody has accepted it.
 * @param since when a check first saw what a step says.
 */
export function changeOf(
  { steps, failure, told }: Pick<DriftCheck, 'steps' | 'failure' | 'told'>,
  counts: (step: PlannedStep) => boolean,
  since: (step: PlannedStep) => string,
): { readonly change: DriftChange; readonly places: Told['places'] } {
  const old = told.places;
  if (failure !== null) {
    const nothing = { appeared: [], gone: [], unknown: [], known: [], works: false };
    return { change: { ...nothing, failed: !told.failed }, places: old };
  }
  const byKey = new Map(steps.map((step) => [keyOf(step), step]));
  const known = new Map(old.map((place) => [`${keyOf(place)}${place.kind}`, place]));
  const now = steps
    .filter((step) => isUnknown(step) || (drifts(step) && counts(step)))
    .map((step) => {
      const { path, target, kind, title } = step;
      const before = known.get(`${keyOf(step)}${kind}`);
      return {
        fresh: before === undefined,
        place: before ?? { path, target, kind, title, since: since(step) },
      };
    });
  const fresh = now.filter((one) => one.fresh).map(({ place }) => place);
  const past = old.map((place) => ({ place, is: became(place, byKey.get(keyOf(place))) }));
  const over = past.filter(({ is }) => is === 'over').map(({ place }) => place);
  const carried = past.filter(({ is }) => is === 'carried').map(({ place }) => place);
  return {
    change: {
      appeared: fresh.filter((place) => !isUnknown(place)),
      gone: over.filter((place) => !isUnknown(place)),
      unknown: fresh.filter(isUnknown),
      known: over.filter(isUnknown),
      failed: false,
      works: told.failed,
    },
    places: [...now.map(({ place }) => place), ...carried],
  };
}
