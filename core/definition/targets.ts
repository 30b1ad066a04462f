import type { AnyAction } from '../action.js';
import { hasExpression } from '../run/template.js';
import type { ProblemBelow } from './problem.js';
import type { Inventory } from './inventory.js';
import { didYouMean } from './nearest.js';

/** Why nothing in the inventory has a name; null where it has one, or where only an expression gives it. */
export function targetProblem(
  name: string | undefined,
  inventory: Inventory | null,
  groups: boolean,
): Omit<ProblemBelow, 'path'> | null {
  if (name === undefined || inventory === null || hasExpression(name)) return null;
  const names = [
    ...Object.keys(inventory.hosts),
    ...Object.keys(inventory.clusters),
    ...(groups ? Object.keys(inventory.groups) : []),
  ];
  if (names.includes(name)) return null;
  return { message: `unknown target '${name}'`, hint: didYouMean(name, names) };
}

/** Why a step that names no target has none to act on; null where its action finds one. */
export function noTargetProblem(
  id: string,
  action: AnyAction,
  inventory: Inventory,
): Omit<ProblemBelow, 'path'> | null {
  const clusters = Object.keys(inventory.clusters).length;
  if (action.on !== 'cluster' || clusters === 1) return null;
  return {
    message: `step '${id}' does not say which cluster ${action.name} acts on, and the inventory has ${clusters}`,
    hint: "add 'on', or 'target' to the runbook",
  };
}
