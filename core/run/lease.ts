/** How a lease is held: alone, or beside others that share it. */
export const leaseModes = ['exclusive', 'shared'] as const;
export type LeaseMode = (typeof leaseModes)[number];

/** A lease that a runbook or a step asks for. */
export interface LeaseWish {
  readonly resource: string;
  readonly mode: LeaseMode;
}

/** A lease as it was granted: what a target is told, so that it refuses those who have lost it since. */
export interface Fence extends LeaseWish {
  /** Number of the grant. */
  readonly fence: number;
}

/** Who wants a lease. */
export interface LeaseClaim {
  /** Id of the run; of a hold of a person `hold/<user>`. */
  readonly run: string;
  readonly user: string;
  /** What for: the name of the runbook, or the reason that a person gave. */
  readonly purpose: string;
  readonly mode: LeaseMode;
  /** Since when it is held or waited for, RFC 3339 UTC. */
  readonly since: string;
  /** When it is given up by itself, RFC 3339 UTC; null for a run's: that ends with the run. */
  readonly until: string | null;
}

/** Who has a lease. */
export interface LeaseHolder extends LeaseClaim {
  /** Grows with every grant, over all lives of the lease: of two holders the one with the lower number is none any more. */
  readonly fence: number;
}

/** State of one lease: first come, first served. */
export interface LeaseState {
  readonly resource: string;
  /** One, or several that share it. */
  readonly holders: readonly LeaseHolder[];
  readonly queue: readonly LeaseClaim[];
  /** The highest number that was given out. */
  readonly fence: number;
}

/** Answer to a claim. */
export interface LeaseAnswer {
  /** Number of the grant; null where it was not granted. */
  readonly fence: number | null;
  /** Who has it now. */
  readonly holders: readonly LeaseHolder[];
  /** Place in the queue, 1 for the next; 0 when granted or not queued. */
  readonly position: number;
}

/** A lease that nobody holds. */
export function freeLease(resource: string): LeaseState {
  return { resource, holders: [], queue: [], fence: 0 };
}

/** True where the lease can be had beside those who have it. */
function fits(holders: readonly LeaseClaim[], { mode }: Pick<LeaseClaim, 'mode'>): boolean {
  return holders.length === 0 || (mode === 'shared' && holders.every((one) => one.mode === mode));
}

/**
 * Gives the lease to a claimant. Numbers are no less than the clock, ms, so that they grow also over the lives of
 * a lease: one that nobody holds is forgotten.
 */
function grant(state: LeaseState, by: LeaseClaim, at: string): LeaseState {
  const fence = Math.max(state.fence + 1, Date.parse(at));
  return { ...state, fence, holders: [...state.holders, { ...by, since: at, fence }] };
}

/** Gives the lease to those who wait, as far as they fit, in their order. */
function promote(state: LeaseState, at: string): LeaseState {
  let next = state;
  for (;;) {
    const [first, ...rest] = next.queue;
    if (first === undefined || !fits(next.holders, first)) return next;
    next = grant({ ...next, queue: rest }, first, at);
  }
}

/** The lease without those whose time is up. */
export function expire(state: LeaseState, at: string): LeaseState {
  const now = Date.parse(at);
  const holders = state.holders.filter(({ until }) => until === null || Date.parse(until) > now);
  return holders.length === state.holders.length ? state : promote({ ...state, holders }, at);
}

/**
 * The lease after a claim at the time `by.since`, and what the claimant is told. Claiming twice is claiming once. A
 * shared claim does not overtake an exclusive one that waits.
 */
export function claim(
  before: LeaseState,
  by: LeaseClaim,
  wait: boolean,
): { state: LeaseState; answer: LeaseAnswer } {
  const state = expire(before, by.since);
  const mine = state.holders.find((holder) => holder.run === by.run);
  const answer = (to: LeaseState, fence: number | null, position = 0): LeaseAnswer => ({
    fence,
    holders: to.holders,
    position,
  });
  if (mine !== undefined) {
    // A person who holds it may set the end and the reason anew.
    const again = { ...mine, until: by.until, purpose: by.purpose };
    const same = mine.until === again.until && mine.purpose === again.purpose;
    const holders = state.holders.map((holder) => (holder === mine ? again : holder));
    const kept = same ? state : { ...state, holders };
    return { state: kept, answer: answer(kept, mine.fence) };
  }
  const at = state.queue.findIndex((waiting) => waiting.run === by.run);
  if (at >= 0) return { state, answer: answer(state, null, at + 1) };
  if (state.queue.length === 0 && fits(state.holders, by)) {
    const granted = grant(state, by, by.since);
    return { state: granted, answer: answer(granted, granted.fence) };
  }
  if (!wait) return { state, answer: answer(state, null) };
  const queued = { ...state, queue: [...state.queue, by] };
  return { state: queued, answer: answer(queued, null, queued.queue.length) };
}

/** The lease after somebody has given it up, or a place in its queue. Those who wait get it. */
export function release(state: LeaseState, run: string, at: string): LeaseState {
  const without = {
    ...state,
    holders: state.holders.filter((holder) => holder.run !== run),
    queue: state.queue.filter((waiting) => waiting.run !== run),
  };
  return promote(without, at);
}

/** Who has the lease now that did not have it before. */
export function newHolders(before: LeaseState, after: LeaseState): LeaseHolder[] {
  return after.holders.filter(
    ({ fence }) => !before.holders.some((holder) => holder.fence === fence),
  );
}

/** Workflow id of a lease. */
export function leaseId(resource: string): string {
  return `lease/${resource}`;
}

/** How the workflow of a lease is started, beside its first claim: one that lives already is asked instead. */
export function leaseStart(
  resource: string,
  taskQueue: string,
): {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly workflowIdConflictPolicy: 'USE_EXISTING';
  readonly args: [LeaseState];
  readonly staticSummary: string;
} {
  return {
    workflowId: leaseId(resource),
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [freeLease(resource)],
    staticSummary: `lease on ${resource}`,
  };
}

/** Id of a hold: what a person holds, in the place of a run's id. */
export function holdId(user: string): string {
  return `hold/${user}`;
}

/** True for what a person holds, not a run. */
export function isHold({ run }: Pick<LeaseClaim, 'run'>): boolean {
  return run.startsWith('hold/');
}

/** Who stands in the way, in words: `host/a is held by run r-1 (ann, since …)`. */
export function heldBy(resource: string, holder: LeaseClaim): string {
  const { run, user, since, until, purpose } = holder;
  if (!isHold(holder)) return `${resource} is held by run ${run} (${user}, since ${since})`;
  const end = until === null ? '' : ` until ${until}`;
  return `${resource} is held by ${user}${end}: ${purpose}`;
}
