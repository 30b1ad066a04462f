import type { Lock } from '../definition/runbook.js';
import { fill, type Scope } from './expression.js';
import type { Frame } from './frame.js';
import { heldBy, type LeaseHolder, type LeaseMode, type LeaseWish } from './lease.js';
import { permanent, type Run, type Use } from './run.js';

/** Another who has a lease that was asked for. */
export interface LeaseRefusal {
  readonly resource: string;
  readonly holder: LeaseHolder;
}

/**
 * Leases that a definition asks for. Always in the same order, so that two runs cannot hold what the other
 * waits for; one that is asked for twice is held in the stronger way.
 */
export function wishes(locks: readonly Lock[] | undefined, scope: Scope): LeaseWish[] {
  const wanted = new Map<string, LeaseMode>();
  for (const lock of locks ?? []) {
    const mode = typeof lock === 'string' ? 'exclusive' : lock.mode;
    const resource = String(fill(typeof lock === 'string' ? lock : lock.lease, scope));
    if (wanted.get(resource) !== 'exclusive') wanted.set(resource, mode);
  }
  return [...wanted]
    .map(([resource, mode]) => ({ resource, mode }))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

/** Leases that a frame asks for. */
export function locksOf(run: Run, frame: Frame): LeaseWish[] {
  return wishes(frame.runbook.locks, run.scope(frame, null));
}

/** What it came to when a run asked for leases. */
export interface Taken {
  /** Those that it did not have before. */
  readonly taken: readonly string[];
  /** Those that others have; then none was taken. */
  readonly refused: readonly LeaseRefusal[];
}

/**
 * Takes leases that the run does not hold yet. With `queued` it waits for each, and tells whom it waits for.
 * @throws StepFailure where it shares one already, and wants it alone
 */
export async function take(
  run: Run,
  wanted: readonly LeaseWish[],
  queued: ((refusal: LeaseRefusal) => void) | null,
): Promise<Taken> {
  const missing = wanted.filter(({ resource, mode }) => {
    const has = run.leases[resource];
    if (has === 'shared' && mode === 'exclusive') {
      throw permanent(
        'lease-held',
        `the run shares ${resource}, and now wants it alone`,
        'take it alone from the start, in the locks of the runbook',
      );
    }
    return has === undefined;
  });
  const refused = await run.engine.acquire(missing, queued);
  if (refused.length > 0 || missing.length === 0) return { taken: [], refused };
  for (const { resource, mode } of missing) run.leases[resource] = mode;
  run.emit({ type: 'locked', locks: Object.keys(run.leases) });
  return { taken: missing.map(({ resource }) => resource), refused };
}

/** Gives leases back before the run ends. */
export async function giveBack(run: Run, resources: readonly string[]): Promise<void> {
  if (resources.length === 0) return;
  await run.engine.shielded(() => run.engine.release(resources));
  for (const resource of resources) delete run.leases[resource];
  run.emit({ type: 'locked', locks: Object.keys(run.leases) });
}

/** Who has what was asked for, in words. */
export function refusalText(refused: readonly LeaseRefusal[]): string {
  return refused.map(({ resource, holder }) => heldBy(resource, holder)).join('; ');
}

/** Leases that a step and the groups around it are done under. */
export function locksAround(run: Run, use: Use): LeaseWish[] {
  const { frame, path, target } = use;
  const around = [...frame.index.values()].filter(
    (one) =>
      path === one.path || path.startsWith(`${one.path}/`) || path.startsWith(`${one.path}[`),
  );
  const locks = around.flatMap(({ definition }) =>
    'locks' in definition ? (definition.locks ?? []) : [],
  );
  return wishes(locks, run.scope(frame, target));
}
