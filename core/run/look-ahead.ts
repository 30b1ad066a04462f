import type { Guard, Step } from '../definition/runbook.js';
import { isRunbookError } from '../errors.js';
import type { Draft } from './draft.js';
import type { VerbRequest } from './engine.js';
import { holds } from './expression.js';
import { actionOf, scopeOf, type Frame } from './frame.js';
import { see, sightsOf } from './plan-action.js';
import { referencesIn } from './references.js';

/** A step in its runbook. */
export interface StepPlace {
  readonly frame: Frame;
  readonly definition: Step | Guard;
}

/** The most steps that are looked at together, from the one whose turn it is. */
export const farthest = 32;
/** The most checks that are made together. */
const mostChecks = 256;

/**
 * Looks at once at all of the steps to come that do not hang on one another, beginning with the first of them. A plan
 * changes nothing, so what they find does not depend on when they look. None is looked at that would not be in its turn:
 * a step that refers to another waits for it, and one that only reads waits for what may change before it.
 * @throws a cancellation.
 */
export async function lookAhead(draft: Draft, places: readonly StepPlace[]): Promise<void> {
  if (draft.engine.looksAhead?.() !== true) return;
  const [first, ...later] = places;
  if (first === undefined || draft.asked.has(pathOf(first))) return;
  const requests = checksOf(draft, first);
  if (requests.length === 0) return;
  const asked = [first];
  let changes = mayChange(draft, first);
  for (const place of later) {
    if (!(changes && reads(draft, place)) && !draft.asked.has(pathOf(place))) {
      const more = checksOf(draft, place);
      if (requests.length + more.length > mostChecks) break;
      requests.push(...more);
      if (more.length > 0) asked.push(place);
    }
    changes ||= mayChange(draft, place);
  }
  if (requests.length < 2) return;
  for (const place of asked) draft.asked.add(pathOf(place));
  await see(draft, requests);
}

function pathOf({ frame, definition }: StepPlace): string {
  return frame.index.get(definition.id)?.path ?? definition.id;
}

/** Checks of a step that can be made by now; none where its turn has to come first. */
function checksOf(draft: Draft, place: StepPlace): VerbRequest[] {
  const { frame, definition } = place;
  const facts = draft.actions[actionOf(definition) ?? ''];
  if (facts === undefined) return [];
  if (draft.ended.has(pathOf(place))) return [];
  const { on = null, input = null } = definition as {
    readonly on?: unknown;
    readonly input?: unknown;
  };
  if (referencesIn([definition.if, on, input]).some(([root]) => root === 'steps')) return [];
  try {
    const scope = scopeOf(draft.program, frame, draft.record);
    if (!holds(definition.if, scope, `step '${definition.id}'`)) return [];
    const sights = sightsOf(draft, frame, definition, facts, scope);
    return sights.flatMap(({ look }) => ('verb' in look ? [look] : []));
  } catch (error) {
    // What is wrong with it is said in its turn.
    if (isRunbookError(error)) return [];
    throw error;
  }
}

function reads(draft: Draft, { definition }: StepPlace): boolean {
  return draft.actions[actionOf(definition) ?? '']?.impact === 'read';
}

/** Whether later steps may meet another world because of this one. Of a guard only the check runs. */
function mayChange(draft: Draft, place: StepPlace): boolean {
  const { frame, definition } = place;
  if (frame.index.get(definition.id)?.kind === 'guard') return false;
  if (actionOf(definition) !== null) return !reads(draft, place);
  return (
    'call' in definition ||
    'forEach' in definition ||
    'parallel' in definition ||
    'steps' in definition
  );
}
