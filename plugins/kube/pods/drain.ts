import type { ActionContext } from '../../../core/action.js';
import { PermanentError } from '../../../core/errors.js';
import { nameOf, type DisruptionBudget, type Pod } from '../api/objects.js';
import { nodeOf } from '../nodes/look.js';
import { unreadiness } from '../nodes/ready.js';
import { budgetsOf, guarding, isGuardable, refusalOfBudget, tooManyBudgets } from './budget.js';
import { drainable, isEnding, podsOn, refusedOf, type Permission } from './drainable.js';
import { evict } from './eviction.js';
import { progressOf, type Waiting } from './progress.js';

/** How to empty a node. */
export interface DrainOptions extends Permission {
  readonly node: string;
  readonly graceSeconds?: number | undefined;
  /** Longest time for one pod to end, ms; its own grace period and a minute more unless told. */
  readonly podTimeout?: number | undefined;
}

/** As often as kubectl drain does. */
const retryMs = 5000;
const lookMs = 1000;
/** After this long the kubelet is asked about: a dead one ends no pod. */
const suspectMs = 10_000;

/** What this attempt knows about one pod. */
interface Progress {
  refused: string | null;
  nextTry: number;
  endingSince: number | null;
}

/** @throws PermanentError `refused`, naming pods and the input that would allow it. */
function refuseUnpermitted(ctx: ActionContext, all: readonly Pod[], options: DrainOptions): void {
  const refused = refusedOf(drainable(all), options);
  if (refused.length === 0) return;
  const inputs = [...new Set(refused.map(({ input }) => input))];
  const named = refused.slice(0, 10).map(({ pod, why }) => `${pod} ${why}`);
  throw new PermanentError(
    'refused',
    `${ctx.target.name}: ${options.node} cannot be drained: ${named.join('; ')}${refused.length > 10 ? ` and ${refused.length - 10} more` : ''}`,
    { hint: `Move these pods, or allow their loss with ${inputs.join(' and ')}: true.` },
  );
}

function impossible(ctx: ActionContext, message: string): PermanentError {
  return new PermanentError('refused', `${ctx.target.name}: ${message}`, {
    hint: 'Change the selectors of the budgets so that one of them guards the pod, then retry.',
  });
}

/** The disruption budgets, read when first asked for. */
function budgetsOnce(ctx: ActionContext): () => Promise<readonly DisruptionBudget[]> {
  let read: Promise<readonly DisruptionBudget[]> | undefined;
  return () => (read ??= budgetsOf(ctx.target));
}

/** @throws PermanentError `refused` where budgets exclude each other. */
async function refuseTwiceGuarded(ctx: ActionContext, pods: readonly Pod[]): Promise<void> {
  const budgets = await budgetsOf(ctx.target);
  for (const pod of pods.filter(isGuardable)) {
    const by = guarding(budgets, pod);
    if (by.length > 1) throw impossible(ctx, tooManyBudgets(pod, by));
  }
}

/** One try at one pod; tells why it was refused. */
async function tryPod(
  ctx: ActionContext,
  pod: Pod,
  options: DrainOptions,
  budgets: () => Promise<readonly DisruptionBudget[]>,
): Promise<string | null> {
  const answer = await evict(ctx.target, pod, { graceSeconds: options.graceSeconds });
  switch (answer.kind) {
    case 'accepted':
    case 'gone':
      return null;
    case 'refused': {
      // The answer names no budget: kubectl prints the message alone, not the details.
      const [budget] = guarding(await budgets(), pod);
      return (budget === undefined ? null : refusalOfBudget(budget, pod)) ?? answer.message;
    }
    case 'impossible':
      throw impossible(ctx, `${nameOf(pod)} cannot be evicted: ${answer.message}`);
  }
}

/** @throws PermanentError `not-settled` for a pod that does not end within its time. */
function refuseOverdue(ctx: ActionContext, pod: Pod, waited: number, options: DrainOptions): void {
  const grace = pod.metadata.deletionGracePeriodSeconds ?? 30;
  const limit = options.podTimeout ?? (grace + 60) * 1000;
  if (waited < limit) return;
  throw new PermanentError(
    'not-settled',
    `${ctx.target.name}: the eviction of ${nameOf(pod)} was accepted, but the pod has not ended on ${options.node} within ${Math.round(limit / 1000)} s`,
    {
      hint: `Look at its finalizers and at the kubelet of ${options.node}. Only when the machine is surely off: kubectl delete pod --force.`,
    },
  );
}

/**
 * Evicts the pods of a node one by one and waits until each is really gone: its uid no longer on the
 * node. Refused ones are tried again every 5 s, for as long as the step may take.
 * @throws PermanentError `refused` before anything is touched where a pod must not be evicted;
 *   `not-settled` where a pod does not end.
 */
export async function drain(ctx: ActionContext, options: DrainOptions): Promise<void> {
  const known = new Map<string, Progress>();
  await refuseTwiceGuarded(ctx, drainable(await podsOn(ctx.target, options.node)).pods);
  for (;;) {
    const all = await podsOn(ctx.target, options.node);
    refuseUnpermitted(ctx, all, options);
    const { pods } = drainable(all);
    if (pods.length === 0) return;
    const waiting: Waiting[] = [];
    const budgets = budgetsOnce(ctx);
    let suspect = false;
    for (const pod of pods) {
      const uid = pod.metadata.uid ?? '';
      const state = known.get(uid) ?? { refused: null, nextTry: 0, endingSince: null };
      known.set(uid, state);
      const now = ctx.now().getTime();
      if (isEnding(pod)) {
        state.refused = null;
        state.endingSince ??= now;
        refuseOverdue(ctx, pod, now - state.endingSince, options);
        if (now - state.endingSince >= suspectMs) suspect = true;
      } else if (now >= state.nextTry) {
        if (state.refused === null) ctx.report(`evicting ${nameOf(pod)}`);
        state.refused = await tryPod(ctx, pod, options, budgets);
        state.nextTry = ctx.now().getTime() + retryMs;
      }
      waiting.push({ pod, refused: state.refused });
    }
    const dead = suspect ? unreadiness(await nodeOf(ctx.target, options.node)) : null;
    const progress = progressOf(waiting, known.size);
    ctx.report(dead === null ? progress : `${dead}, and nothing ends its pods; ${progress}`);
    await ctx.sleep(lookMs);
  }
}
