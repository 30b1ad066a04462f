import type { Guard, Step } from '../definition/runbook.js';
import { excerpt } from '../excerpt.js';
import type { JsonObject } from '../json.js';
import type { PlannedStep, RunRecord } from '../record.js';
import type { Engine, Looked } from './engine.js';
import { actionOf, titleOf, type Frame } from './frame.js';
import { alters, type PlanKind } from './outcome.js';
import type { ActionFacts, Program } from './program.js';
import { referencesIn } from './references.js';

/** What the plan knows while it goes along. */
export interface Draft {
  readonly program: Program;
  readonly engine: Engine;
  record: RunRecord;
  readonly steps: PlannedStep[];
  /** Resources that a planned step alters, with their target. */
  readonly altered: Set<string>;
  /** Kinds by step id and frame, for references to what is not known yet. */
  readonly kinds: Map<string, PlanKind>;
  readonly actions: Record<string, ActionFacts>;
  /** Paths of steps that have ended, in the plan of a run that is at work: they are known, and not looked at. */
  readonly ended: ReadonlySet<string>;
  /** Inputs that a person edited, by path. */
  readonly edited: Readonly<Record<string, JsonObject>>;
  /** What was seen of steps whose turn has not come, by path. */
  readonly seen: Map<string, Looked>;
  /** Paths of steps that were looked at before their turn, without their targets. */
  readonly asked: Set<string>;
  /** True when a guard does not hold. */
  refused: boolean;
}

/** What is found out about a step. */
export interface Line {
  readonly kind: PlanKind;
  readonly drift: string | null;
  readonly before?: PlannedStep['before'];
  readonly target?: string | null;
  readonly path?: string;
}

/** Writes down a line of the plan. */
export function put(draft: Draft, frame: Frame, definition: Step | Guard, line: Line): void {
  const path = line.path ?? frame.index.get(definition.id)?.path ?? definition.id;
  draft.steps.push({
    path,
    title: titleOf(definition),
    kind: line.kind,
    action: actionOf(definition),
    target: line.target ?? null,
    drift: line.drift === null ? null : excerpt(line.drift, 256),
    before: line.before ?? null,
  });
  const key = frame.prefix + definition.id;
  const known = draft.kinds.get(key);
  if (known === undefined || !alters(known)) draft.kinds.set(key, line.kind);
}

/** Why a value cannot be known yet: it refers to the output of a step that has not run. */
export function unknown(draft: Draft, frame: Frame, value: unknown): string | null {
  for (const [root, id, member] of referencesIn(value)) {
    if (root !== 'steps' || id === undefined) continue;
    // What was found before is known as soon as the step was looked at.
    if (member === 'before' && wasSeen(draft, frame, id)) continue;
    // What an item's steps do not have themselves is a step around the fleet.
    const prefix = frame.index.has(id) ? frame.prefix : (frame.bound?.prefix ?? frame.prefix);
    const kind = draft.kinds.get(prefix + id);
    if (kind === undefined || kind === 'no-op' || kind === 'holds') continue;
    return `needs what step '${id}' will have done`;
  }
  return null;
}

/** True where the plan has looked at what a step is about. */
function wasSeen(draft: Draft, frame: Frame, id: string): boolean {
  const path = frame.index.get(id)?.path ?? (frame.bound?.prefix ?? '') + id;
  return draft.record.steps.some((step) => step.path === path || step.path.startsWith(`${path}[`));
}
