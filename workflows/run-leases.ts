import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Fence, LeaseWish } from '../core/run/lease.js';
import type { LeaseRefusal } from '../core/run/locks.js';
import type { RunRequest } from '../core/run/request.js';
import { lasting } from './activities.js';
import { counted } from './turns.js';

/** The leases of a run, with the numbers of their grants: its own, and those that the run around it has lent. */
export class RunLeases {
  readonly #user: string;
  /** Leases that came after a wait, with the number of the grant where it was told. */
  readonly #granted = new Map<string, number | null>();
  readonly #fences: Map<string, Fence>;
  /** Leases of the run around this one, under which it acts as well. */
  readonly #lent: ReadonlySet<string>;

  constructor({ user, within, resume }: RunRequest) {
    const lent = within?.fences ?? [];
    this.#user = user;
    this.#lent = new Set(lent.map(({ resource }) => resource));
    this.#fences = new Map([...lent, ...(resume?.fences ?? [])].map((one) => [one.resource, one]));
  }

  /** Those grants of some resources that the run has. */
  of(resources: readonly string[]): Fence[] {
    return resources.flatMap((resource) => this.#fences.get(resource) ?? []);
  }

  /** All of them as they were granted, to be carried into a new history. */
  all(): Fence[] {
    return [...this.#fences.values()];
  }

  /** Takes leases as `Engine.acquire` says. */
  async acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]> {
    const { workflowId, workflowType, taskQueue } = workflowInfo();
    const had: string[] = [];
    const claim = ({ resource, mode }: LeaseWish): ReturnType<typeof lasting.acquireLease> =>
      lasting.acquireLease.executeWithOptions({ summary: resource }, [
        {
          resource,
          mode,
          run: workflowId,
          user: this.#user,
          purpose: workflowType,
          wait: queued !== null,
          taskQueue,
        },
      ]);
    try {
      for (const wish of wishes) {
        const { resource, mode } = wish;
        if (this.#lent.has(resource)) continue;
        let answer = await claim(wish);
        if (answer.fence === null && queued === null) {
          await this.release(had);
          return answer.holders.map((holder) => ({ resource, holder }));
        }
        const [holder] = answer.holders;
        if (answer.fence === null && holder !== undefined) queued?.({ resource, holder });
        while (answer.fence === null && !this.#granted.has(resource)) {
          // The holder may end without a word: asking again now and then finds that out.
          if (
            await condition(
              counted(() => this.#granted.has(resource)),
              '30s',
              {
                summary: `lease on ${resource}`,
              },
            )
          )
            break;
          answer = await claim(wish);
        }
        had.push(resource);
        const fence = answer.fence ?? this.#granted.get(resource) ?? null;
        if (fence !== null) this.#fences.set(resource, { resource, mode, fence });
      }
      return [];
    } catch (error) {
      // Also the place in a queue must be given up.
      const asked = wishes.map(({ resource }) => resource);
      await CancellationScope.nonCancellable(() => this.release(asked));
      throw error;
    }
  }

  /** A lease that this run queued for is now its own. */
  granted(resource: string, fence: number | null): void {
    this.#granted.set(resource, fence);
  }

  /** Numbers of the grants of the run around this one, as they are now. */
  lend(fences: readonly Fence[]): void {
    for (const fence of fences)
      if (this.#lent.has(fence.resource)) this.#fences.set(fence.resource, fence);
  }

  /** Gives back what is not lent. */
  async release(held: readonly string[]): Promise<void> {
    const resources = held.filter((resource) => !this.#lent.has(resource));
    if (resources.length === 0) return;
    for (const resource of resources) {
      this.#granted.delete(resource);
      this.#fences.delete(resource);
    }
    await lasting.releaseLeases.executeWithOptions({ summary: resources.join(', ') }, [
      { resources, run: workflowInfo().workflowId },
    ]);
  }
}
