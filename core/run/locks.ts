import type { Lock } from '../definition/runbook.js';
import { fill, type Scope } from './expression.js';
import type { Frame } from './frame.js';
import { heldBy, type LeaseHolder, type LeaseMode, type LeaseWish } from './lease.js';
import type { StepFailure } from './engine.js';
import { permanent, type Run, type Use } from './run.js';

/** Another who has a lease that was asked for. */
export interface LeaseRefusal {
  readonly resource: string;
  readonly holder: LeaseHolder;
}

/** In the same order always, so that two runs cannot hold what the other waits for; the stronger mode of each. */
function inOrder(wanted: readonly LeaseWish[]): LeaseWish[] {
  const modes = new Map<string, LeaseMode>();
  for (const { resource, mode } of wanted)
    if (modes.get(resource) !== 'exclusive') modes.set(resource, mode);
  return [...modes]
    .map(([resource, mode]) => ({ resource, mode }))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

/** Leases that a definition asks for. */
export function wishes(locks: readonly Lock[] | undefined, scope: Scope): LeaseWish[] {
  return inOrder(
    (locks ?? []).map((lock) => ({
      resource: String(fill(typeof lock === 'string' ? lock : lock.lease, scope)),
      mode: typeof lock === 'string' ? 'exclusive' : lock.mode,
    })),
  );
}

/** Leases that a frame asks for. */
export function locksOf(run: Run, frame: Frame): LeaseWish[] {
  return wishes(frame.runbook.locks, run.scope(frame, null));
}

/** How long leases are taken for: `run`, to its end, or `step`, until they are given back. */
export type LeaseSpan = 'run' | 'step';

/**
 * Takes leases that the run does not hold yet. With `queued` it waits for each, and tells whom it waits for;
 * else it answers who has those that were not to be had, and then none was taken.
 * @throws StepFailure where it shares one already, and wants it alone
 */
export async function take(
  run: Run,
  wanted: readonly LeaseWish[],
  span: LeaseSpan,
  queued: ((refusal: LeaseRefusal) => void) | null,
): Promise<readonly LeaseRefusal[]> {
  // One that is just being given back must be gone before it is asked for again.
  for (const { resource } of wanted) await run.givingBack.get(resource);
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
  const refused = missing.length === 0 ? [] : await run.engine.acquire(missing, queued);
  if (refused.length > 0) return refused;
  for (const { resource, mode } of missing) run.leases[resource] = mode;
  for (const { resource } of wanted) {
    if (span === 'run') run.keptLeases.add(resource);
    else run.leaseUsers.set(resource, (run.leaseUsers.get(resource) ?? 0) + 1);
  }
  if (missing.length > 0) run.emit({ type: 'locked', locks: Object.keys(run.leases) });
  return [];
}

/**
 * Gives leases back that were taken for a step: those that no other step of the run is done under, and that the
 * run does not hold to its end.
 */
export async function giveBack(run: Run, wanted: readonly LeaseWish[]): Promise<void> {
  const free = wanted
    .map(({ resource }) => resource)
    .filter((resource) => {
      const users = (run.leaseUsers.get(resource) ?? 1) - 1;
      run.leaseUsers.set(resource, users);
      return users <= 0 && !run.keptLeases.has(resource);
    });
  if (free.length === 0) return;
  for (const resource of free) {
    delete run.leases[resource];
    run.brokenLeases.delete(resource);
  }
  const done = run.engine.shielded(() => run.engine.release(free));
  for (const resource of free) run.givingBack.set(resource, done);
  try {
    await done;
  } finally {
    for (const resource of free) run.givingBack.delete(resource);
  }
  run.emit({ type: 'locked', locks: Object.keys(run.leases) });
}

/** Resources of the leases that a step is done under: those of the run, and those of its own. */
export function leasesOf(run: Run, use: Use): string[] {
  const around = locksAround(run, use).map(({ resource }) => resource);
  return [...new Set([...run.keptLeases, ...around])].filter((one) => one in run.leases);
}

/**
 * Takes leases again that people have taken from the run; answers who has them now. Until then its changes carry
 * the old numbers, which targets refuse where another has been.
 */
export async function regain(run: Run): Promise<readonly LeaseRefusal[]> {
  const broken = [...run.brokenLeases];
  const lost = broken.flatMap(([resource]) => {
    const mode = run.leases[resource];
    return mode === undefined ? [] : [{ resource, mode }];
  });
  if (lost.length > 0) {
    const refused = await run.engine.acquire(lost, null);
    if (refused.length > 0) return refused;
  }
  // One that was taken once more meanwhile is still to be asked for.
  for (const [resource, time] of broken)
    if (run.brokenLeases.get(resource) === time) run.brokenLeases.delete(resource);
  return [];
}

/**
 * The same as soon as a person lets the run go on, whatever it stands at: a step that is parked is tried again under
 * the new numbers, and the runs of items are told them.
 */
export async function regainAtOnce(run: Run): Promise<readonly LeaseRefusal[]> {
  return lacksLeases(run) ? regain(run) : [];
}

/** Whether people have taken leases from the run that it has not taken again yet, and may at once. */
export function lacksLeases(run: Run): boolean {
  return run.brokenLeases.size > 0 && run.engine.regainsAtOnce?.() !== false;
}

/** Who has what was asked for, in words. */
export function refusalText(refused: readonly LeaseRefusal[]): string {
  return refused.map(({ resource, holder }) => heldBy(resource, holder)).join('; ');
}

/** The failure of what cannot be done without leases that others have. */
export function leasesHeld(refused: readonly LeaseRefusal[]): StepFailure {
  return permanent('lease-held', refusalText(refused), 'retry when they are free');
}

/** Leases that a step is done under: its own, and those of groups and calls around it. */
export function locksAround(run: Run, { path }: Use): LeaseWish[] {
  const found = run
    .frames()
    .flatMap((frame) =>
      [...frame.index.values()]
        .filter(
          (one) =>
            path === one.path || path.startsWith(`${one.path}/`) || path.startsWith(`${one.path}[`),
        )
        .flatMap(({ definition }) =>
          'locks' in definition ? wishes(definition.locks, run.scope(frame, null)) : [],
        ),
    );
  return inOrder(found);
}
