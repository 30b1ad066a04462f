import {
  CancellationScope,
  condition,
  type Next,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

// A replay hands the results of several local activities over at once that came one by one when the
// history was written (core of SDK 1.24.0, `apply_local_activity_peeked_resolutions`). What followed each of
// them then runs interleaved, and branches of a `parallel` schedule their next activities in another
// order than the history has: a nondeterminism error. So results take turns: the next one is handed
// on only when all that followed the one before has come to rest.

/** Whether the activation that runs now brings one local result and nothing else: it need not wait. */
let alone = false;
/** How many conditions have come true: while that grows, something is still going on. */
let progress = 0;
let turn: Promise<void> = Promise.resolve();

/** A condition that turns know of: everything that waits for a state does so through this. */
export function counted(holds: () => boolean): () => boolean {
  return () => {
    if (!holds()) return false;
    progress++;
    return true;
  };
}

/** Until nothing in this workflow can go on without a new activation. */
async function atRest(): Promise<void> {
  let seen: number;
  do {
    seen = progress;
    let asked = false;
    // Asked at once, and again only when all microtasks have run.
    await condition(() => {
      const again = asked;
      asked = true;
      return again;
    });
  } while (seen !== progress);
}

/** The result of a local activity, in its turn. */
async function inTurn<T>(result: Promise<T>): Promise<T> {
  // One step for success and failure alike: who comes first must not depend on it.
  const [settled] = await Promise.allSettled([result]);
  if (!alone) {
    turn = turn.then(() => CancellationScope.nonCancellable(atRest));
    await turn;
  }
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

class Turns implements WorkflowInternalsInterceptor, WorkflowOutboundCallsInterceptor {
  activate(
    input: Parameters<NonNullable<WorkflowInternalsInterceptor['activate']>>[0],
    next: Next<WorkflowInternalsInterceptor, 'activate'>,
  ): void {
    const jobs = input.activation.jobs ?? [];
    alone = jobs.length === 1 && jobs[0]?.resolveActivity?.isLocal === true;
    next(input);
  }

  scheduleLocalActivity(
    input: Parameters<NonNullable<WorkflowOutboundCallsInterceptor['scheduleLocalActivity']>>[0],
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    return inTurn(next(input));
  }
}

/** Takes the turns in every workflow of the bundle; the SDK finds it by its name. */
export function interceptors(): WorkflowInterceptors {
  const turns = new Turns();
  return { internals: [turns], outbound: [turns] };
}
