import { describe, test as jestTest } from '@jest/globals';
import type { AnyAction } from '../core/action.js';
import { applyTakes, killedApplyConverges } from './laws/apply.js';
import { checkChangesNothing, ownsSomething } from './laws/check.js';
import type { Law, LawCase, LawLimits } from './laws/law.js';
import { examplesParse, fieldsDescribed, refusesInput, type BadInput } from './laws/schema.js';
import {
  killedApplyIsUndone,
  killedUndoConverges,
  undoLeavesAlone,
  undoRestores,
  undoRestoresLater,
} from './laws/undo.js';

export type { World } from './laws/attempt.js';
export type { LawCase } from './laws/law.js';

/** Situations and inputs with which an action is tried. */
export interface LawOptions extends LawLimits {
  readonly cases: readonly LawCase[];
  /** Inputs that the schema must refuse. */
  readonly bad: readonly BadInput[];
  /** The longest that one law may take, in ms; a minute unless told. */
  readonly timeoutMs?: number;
  /** Registers the laws that need the cases' tools; jest's `test` unless told, or a `needs(…)`. */
  readonly test?: (title: string, prove: () => Promise<void>, timeoutMs?: number) => void;
}

/** What undo is expected to do: declared by the action where the case does not say. */
function undoOf(action: AnyAction, situation: LawCase): NonNullable<LawCase['undo']> | 'absent' {
  if (situation.undo !== undefined) return situation.undo;
  if (action.undo === 'irreversible') return 'absent';
  return action.undo === 'nothing' ? 'nothing' : 'restores';
}

/** The laws that hold whatever the situation. */
export function lawsOf(action: AnyAction, bad: readonly BadInput[]): Law[] {
  return [
    examplesParse(action),
    fieldsDescribed(action),
    ...bad.map((input) => refusesInput(action, input)),
  ];
}

/** The laws for one situation. An action that only reads has fewer of them. */
export function lawsIn(action: AnyAction, situation: LawCase, limits: LawLimits = {}): Law[] {
  const found = checkChangesNothing(action, situation);
  if (action.apply === null) return [found];
  const { later } = situation;
  const deadly = (...more: Law[]): Law[] => (situation.deaths === false ? [] : more);
  const living = [found, ownsSomething(action, situation), applyTakes(action, situation)];
  // What was as wanted is not applied, so that there is nothing to be undone.
  if (situation.finds === 'nothing') return living;
  const change = [...living, ...deadly(killedApplyConverges(action, situation, limits))];
  switch (undoOf(action, situation)) {
    case 'restores':
      return [
        ...change,
        undoRestores(action, situation),
        ...(later === undefined ? [] : [undoRestoresLater(action, situation, later)]),
        ...deadly(
          killedApplyIsUndone(action, situation, limits),
          killedUndoConverges(action, situation, limits),
        ),
      ];
    case 'irreversible':
      return [...change, undoLeavesAlone(action, situation, true)];
    case 'nothing':
      return [...change, undoLeavesAlone(action, situation, false)];
    case 'absent':
      return change;
  }
}

/**
 * Registers a test per law: that an action only looks when it checks, that it converges and can be
 * undone wherever its worker is killed, and that it refuses bad input before any command.
 */
export function laws(action: AnyAction, options: LawOptions): void {
  const { cases, bad, timeoutMs = 60_000, test = jestTest } = options;
  describe(`laws of ${action.name}`, () => {
    for (const law of lawsOf(action, bad)) jestTest(law.title, law.prove, timeoutMs);
    for (const situation of cases) {
      describe(situation.title, () => {
        for (const law of lawsIn(action, situation, options)) test(law.title, law.prove, timeoutMs);
      });
    }
  });
}
