import { z } from 'zod';
import { defineAction } from '../../core/action.js';
import { excerpt } from '../../core/excerpt.js';
import type { Target } from '../../core/target.js';
import { nameOf, type DisruptionBudget, type Pod } from './api/objects.js';
import { nodeName } from './names.js';
import { nodeOf } from './nodes/look.js';
import {
  budgetsOf,
  guarding,
  isGuardable,
  refusalOfBudget,
  tooManyBudgets,
} from './pods/budget.js';
import { drainable, podsOn } from './pods/drainable.js';
import { evict } from './pods/eviction.js';

/** Why a pod could not be evicted now, as text; null where it could. */
async function objection(
  cluster: Target,
  pod: Pod,
  budgets: readonly DisruptionBudget[],
): Promise<string | null> {
  if (budgets.length > 1) return tooManyBudgets(pod, budgets);
  const [budget] = budgets;
  const refused = budget === undefined ? null : refusalOfBudget(budget, pod);
  if (refused !== null) return `${nameOf(pod)}: ${refused}`;
  const answer = await evict(cluster, pod, { dryRun: true });
  if (answer.kind === 'accepted' || answer.kind === 'gone') return null;
  return `${nameOf(pod)}: ${answer.message}`;
}

/** Whether every pod of a node that a disruption budget guards could be evicted now. */
export const kubeDisruptionAllowed = defineAction({
  name: 'kube.disruption-allowed',
  summary: 'Holds when every disruption budget that guards a pod of a node allows an eviction now.',
  impact: 'read',
  on: 'cluster',
  slow: true,
  input: z.strictObject({
    node: nodeName.describe('Node that is to be drained.'),
  }),
  output: z.strictObject({
    guarded: z.int().describe('Pods on the node that a disruption budget guards.'),
  }),
  async check({ target }, input) {
    await nodeOf(target, input.node);
    const { pods } = drainable(await podsOn(target, input.node));
    const budgets = await budgetsOf(target);
    const guarded = pods
      .filter(isGuardable)
      .map((pod) => ({ pod, by: guarding(budgets, pod) }))
      .filter(({ by }) => by.length > 0);
    const objections: string[] = [];
    for (const { pod, by } of guarded) {
      const text = await objection(target, pod, by);
      if (text !== null) objections.push(text);
    }
    return {
      before: null,
      drift: objections.length === 0 ? null : excerpt(objections.join('; '), 256),
      output: { guarded: guarded.length },
    };
  },
  examples: [{ title: 'k8s-w0 could be drained now', input: { node: 'k8s-w0' } }],
  notes: `Looks at the status of each budget, and then asks the eviction API itself with a server-side dry run,
which changes nothing and uses up no budget: it also knows of admission webhooks, and of rights that
are missing.

- Each pod is judged by itself: a budget that allows one disruption lets a node with two of its pods be
  drained, one after the other.
- A budget that the controller manager has not worked out yet does not count as allowing.
- Pods that no budget guards are not asked about.`,
});
