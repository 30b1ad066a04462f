import type { Step } from '../definition/runbook.js';
import { ownSteps } from './kinds.js';
import type { PlanPart } from './plan.js';
import type { Run, Use } from './run.js';

/** The steps behind one of a list. */
interface Rest {
  readonly steps: readonly Step[];
  /** False where they end with a branch: what comes after it waits for the other branches, too. */
  readonly through: boolean;
}

function behind(steps: readonly Step[], id: string): Rest | null {
  for (const [at, step] of steps.entries()) {
    const later = steps.slice(at + 1);
    if (step.id === id) return { steps: later, through: true };
    if ('steps' in step && !('forEach' in step)) {
      const found = behind(step.steps, id);
      if (found !== null)
        return found.through ? { steps: [...found.steps, ...later], through: true } : found;
      continue;
    }
    for (const branch of ownSteps(step)) {
      const found = behind([branch], id);
      if (found !== null) return { ...found, through: false };
    }
  }
  return null;
}

/**
 * What a step holds up: the steps behind it in its own branch, then those behind the call that it stands in. Other
 * branches go on without it, so that they and what comes after all of them are no part of it. Nor is, for a step of
 * an item, anything outside of the item.
 */
export function heldUp(run: Run, use: Use): PlanPart[] {
  const { frame } = use;
  const { steps, finally: last = [] } = frame.runbook;
  const { id } = use.indexed.definition;
  const rest = behind(steps, id);
  if (rest?.through === false) return [{ frame, steps: rest.steps }];
  const ending = rest === null ? (behind(last, id)?.steps ?? []) : last;
  const own = { frame, steps: [...(rest?.steps ?? []), ...ending] };
  if (frame === run.root) return [own];
  return [own, ...heldUp(run, run.locate(frame.prefix.slice(0, -1)))];
}
