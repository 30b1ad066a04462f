import type { Failure, Plan } from '../record.js';
import type { Interruption } from './control.js';
import { isHold } from './lease.js';
import { refusalText, type LeaseRefusal } from './locks.js';
import { movedWords, type PlanLine } from './moved.js';
import type { EndedState } from './outcome.js';

/** Why a run is refused whose leases others have. */
export function leaseHeld(refused: readonly LeaseRefusal[]): Failure {
  const [first] = refused;
  return {
    code: 'lease-held',
    message: refusalText(refused),
    hint:
      first === undefined || isHold(first.holder)
        ? 'wait for it with --wait; runbook leases shows who has what'
        : `wait for it with --wait, or look at it: runbook status ${first.holder.run}`,
    class: 'permanent',
  };
}

/** What an interruption makes of a run. */
export function verdict(interruption: Interruption | null): {
  state: EndedState;
  failure: Failure | null;
  putBack: boolean;
} {
  switch (interruption?.kind) {
    case undefined:
      return { state: 'succeeded', failure: null, putBack: false };
    case 'refuse':
      return { state: 'refused', failure: interruption.failure, putBack: false };
    case 'stop':
      return { state: 'stopped', failure: interruption.failure, putBack: false };
    case 'undo-after-failure':
      return { state: 'undone', failure: interruption.failure, putBack: true };
    case 'undo':
      return { state: 'undone', failure: null, putBack: true };
    case 'cancel':
      return interruption.undo
        ? { state: 'undone', failure: null, putBack: true }
        : { state: 'cancelled', failure: null, putBack: false };
  }
}

/** Why a run is refused that was bound to another plan. */
export function movedOn(hash: string, was: readonly PlanLine[] | undefined, plan: Plan): Failure {
  const what = was === undefined ? '' : `; moved: ${movedWords(was, plan.steps)}`;
  return {
    code: 'plan-changed',
    message: `the live state is no longer that of plan ${hash.slice(0, 12)}: a fresh plan has ${plan.hash.slice(0, 12)}${what}`,
    hint: `look at the fresh plan, and start with it: --plan ${plan.hash.slice(0, 12)}`,
    class: 'permanent',
  };
}
