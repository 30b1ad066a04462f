import type { Target } from '../../../core/target.js';
import { list } from '../api/kubectl.js';
import { conditionOf, nameOf, type DisruptionBudget, type Pod } from '../api/objects.js';
import { selects } from './selector.js';

/** All disruption budgets, or those of one namespace. */
export function budgetsOf(
  cluster: Target,
  namespace?: string,
): Promise<readonly DisruptionBudget[]> {
  const place = namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`;
  return list<DisruptionBudget>(cluster, 'poddisruptionbudgets.policy', [place]);
}

/** The budgets that guard a pod. */
export function guarding(budgets: readonly DisruptionBudget[], pod: Pod): DisruptionBudget[] {
  return budgets.filter(
    (budget) =>
      budget.metadata.namespace === pod.metadata.namespace &&
      selects(budget.spec.selector, pod.metadata.labels),
  );
}

/** Whether the eviction API asks budgets about this pod; it does not for one that has not started. */
export function isGuardable(pod: Pod): boolean {
  return pod.status?.phase !== 'Pending' && pod.metadata.deletionTimestamp === undefined;
}

/** Why a budget allows no eviction now, as text; null where it allows one. */
export function refusalOfBudget({ metadata, status }: DisruptionBudget, pod?: Pod): string | null {
  const name = `${metadata.namespace}/${metadata.name}`;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return `disruption budget ${name} has not been worked out yet by the controller manager`;
  }
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (disruptionsAllowed > 0) return null;
  const unready = pod !== undefined && conditionOf(pod, 'Ready')?.status !== 'True';
  // What is not ready counts for no budget that has enough without it.
  if (unready && desiredHealthy > 0 && currentHealthy >= desiredHealthy) return null;
  return `disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy}`;
}

/** The text for a pod that the eviction API refuses, because budgets exclude each other. */
export function tooManyBudgets(pod: Pod, budgets: readonly DisruptionBudget[]): string {
  return `${nameOf(pod)} is guarded by ${budgets.length} disruption budgets (${budgets
    .map(({ metadata }) => metadata.name)
    .join(', ')}), with which the eviction API refuses every eviction`;
}
