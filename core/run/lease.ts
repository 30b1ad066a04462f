/** Who has a lease, or waits for it. */
export interface LeaseClaim {
  readonly run: string;
  readonly user: string;
  /** What for: the name of the runbook. */
  readonly purpose: string;
  /** Since when, RFC 3339 UTC. */
  readonly since: string;
}

/** State of one lease: exclusive, first come first served. */
export interface LeaseState {
  readonly resource: string;
  readonly holder: LeaseClaim | null;
  readonly queue: readonly LeaseClaim[];
}

/** Answer to a claim. */
export interface LeaseAnswer {
  readonly granted: boolean;
  /** Who has it now. */
  readonly holder: LeaseClaim;
  /** Place in the queue, 1 for the next; 0 when granted or not queued. */
  readonly position: number;
}

/** The lease after a claim, and what the claimant is told. Claiming twice is claiming once. */
export function claim(
  state: LeaseState,
  by: LeaseClaim,
  wait: boolean,
): { state: LeaseState; answer: LeaseAnswer } {
  const { holder, queue } = state;
  if (holder === null) {
    return { state: { ...state, holder: by }, answer: { granted: true, holder: by, position: 0 } };
  }
  if (holder.run === by.run) return { state, answer: { granted: true, holder, position: 0 } };
  const at = queue.findIndex((waiting) => waiting.run === by.run);
  if (at >= 0 || !wait) return { state, answer: { granted: false, holder, position: at + 1 } };
  return {
    state: { ...state, queue: [...queue, by] },
    answer: { granted: false, holder, position: queue.length + 1 },
  };
}

/** The lease after a run has given it up, or its place in the queue. The next in the queue gets it. */
export function release(state: LeaseState, run: string, at: string): LeaseState {
  const queue = state.queue.filter((waiting) => waiting.run !== run);
  if (state.holder?.run !== run) return { ...state, queue };
  const [next, ...rest] = queue;
  return { ...state, holder: next === undefined ? null : { ...next, since: at }, queue: rest };
}

/** Workflow id of a lease. */
export function leaseId(resource: string): string {
  return `lease/${resource}`;
}
