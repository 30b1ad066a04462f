import { sameJson } from '../json.js';
import type { PlannedStep } from '../record.js';

/** What a plan's hash covers of a step. */
export type PlanLine = Pick<PlannedStep, 'path' | 'target' | 'kind' | 'before'>;

/** What lies between two plans at one path. */
export interface Moved<L extends PlanLine> {
  readonly path: string;
  readonly was: L | null;
  readonly is: L | null;
}

function same(was: PlanLine, is: PlanLine): boolean {
  return was.kind === is.kind && was.target === is.target && sameJson(was.before, is.before);
}

/** Steps that are not as they were, in the order of the fresh plan; those that are gone come last. */
export function movedSteps<L extends PlanLine>(was: readonly L[], is: readonly L[]): Moved<L>[] {
  const old = new Map(was.map((step) => [step.path, step]));
  const fresh = new Map(is.map((step) => [step.path, step]));
  return [...new Set([...fresh.keys(), ...old.keys()])]
    .map((path) => ({ path, was: old.get(path) ?? null, is: fresh.get(path) ?? null }))
    .filter(({ was, is }) => was === null || is === null || !same(was, is));
}

function words({ path, was, is }: Moved<PlanLine>): string {
  if (is === null) return `${path} is gone`;
  if (was === null) return `${path} is new (${is.kind})`;
  if (was.kind !== is.kind) return `${path}: ${was.kind} → ${is.kind}`;
  if (was.target !== is.target) return `${path}: on ${was.target ?? '?'} → on ${is.target ?? '?'}`;
  return `${path}: ${is.kind} as before, but found in another state`;
}

/** The most steps that are named. */
const most = 5;

/** What moved between two plans whose hashes differ, in one line. */
export function movedWords(was: readonly PlanLine[], is: readonly PlanLine[]): string {
  const moved = movedSteps(was, is);
  if (moved.length === 0)
    return 'no step, but the inventory, the inputs, a data file or the definition';
  const more = moved.length - most;
  return [...moved.slice(0, most).map(words), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
