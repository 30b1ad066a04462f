import type { ForEachStep, Guard, Step } from '../definition/runbook.js';
import type { Json, JsonObject } from '../json.js';
import type { Plan, RunRecord } from '../record.js';
import { put, unknown, type Draft } from './draft.js';
import type { Engine } from './engine.js';
import { fill, holds, type Scope } from './expression.js';
import { createFrame, scopeOf, type Frame } from './frame.js';
import { boundOf, itemPath, itemRunbook, itemsOf } from './items.js';
import { ownSteps } from './kinds.js';
import { farthest, lookAhead, type StepPlace } from './look-ahead.js';
import { alters } from './outcome.js';
import { planAction } from './plan-action.js';
import type { Program } from './program.js';
import { failureOf, type Run } from './run.js';
import { fleetShape, shapeInWords } from './waves.js';

/** Steps of one frame that a plan is made of. */
export interface PlanPart {
  readonly frame: Frame;
  readonly steps: readonly Step[];
}

/**
 * What a run would do, by checks alone. A step whose outcome hangs on what an earlier one would change
 * is deferred, never guessed: its check would look at a world that is about to be another.
 */
export async function makePlan(program: Program, engine: Engine, record: RunRecord): Promise<Plan> {
  const frame = createFrame(program, program.runbook, program.inputs);
  const draft: Draft = {
    program,
    engine,
    record: { ...record, steps: [] },
    steps: [],
    altered: new Set(),
    kinds: new Map(),
    actions: { ...program.actions },
    ended: new Set(),
    edited: {},
    seen: new Map(),
    asked: new Set(),
    refused: false,
  };
  await planFrame(draft, frame);
  return finished(draft);
}

/** What is left of a run at work would do: the parts that are still to come. */
export async function planParts(run: Run, parts: readonly PlanPart[]): Promise<Plan> {
  const { program, engine, record, edited } = run;
  const steps = record.steps.filter(({ outcome }) => outcome !== null);
  const draft: Draft = {
    program,
    engine,
    record: { ...record, steps },
    steps: [],
    altered: new Set(),
    kinds: new Map(),
    actions: Object.assign(
      {},
      program.actions,
      ...Object.values(run.callees).map((c) => c.actions),
    ),
    ended: new Set(steps.map(({ path }) => path)),
    edited,
    seen: new Map(),
    asked: new Set(),
    refused: false,
  };
  const places = parts.flatMap(({ frame, steps }) =>
    steps.map((definition) => ({ frame, definition })),
  );
  await planAll(draft, places);
  return finished(draft);
}

async function finished({ program, engine, steps, refused, edited }: Draft): Promise<Plan> {
  const found = {
    runbook: program.runbook.name,
    inputs: { ...program.inputs },
    changes: steps.filter((step) => alters(step.kind)).length,
    refused,
    steps,
  };
  // No input has a name with a slash: what a person edited is another plan.
  const changed = Object.fromEntries(
    Object.entries(edited).map(([path, input]) => [`edited/${path}`, input as Json]),
  );
  const hash = await engine.planHash({ ...found, inputs: { ...found.inputs, ...changed } });
  return { ...found, at: engine.now(), hash };
}

async function planFrame(draft: Draft, frame: Frame): Promise<void> {
  await planAll(draft, placesOf(frame));
}

function placesOf(frame: Frame): StepPlace[] {
  const { guards = [], steps, finally: last = [] } = frame.runbook;
  return [...guards, ...steps, ...last].map((definition) => ({ frame, definition }));
}

async function planAll(draft: Draft, places: readonly StepPlace[]): Promise<void> {
  for (const [at, { frame, definition }] of places.entries()) {
    await lookAhead(draft, places.slice(at, at + farthest));
    await planStep(draft, frame, definition);
  }
}

async function planStep(draft: Draft, frame: Frame, definition: Step | Guard): Promise<void> {
  if (draft.ended.has(frame.index.get(definition.id)?.path ?? definition.id)) return;
  try {
    const scope = scopeOf(draft.program, frame, draft.record);
    const condition = definition.if;
    const later = unknown(draft, frame, condition);
    if (later !== null) return put(draft, frame, definition, { kind: 'deferred', drift: later });
    if (!holds(condition, scope, `step '${definition.id}'`)) {
      return put(draft, frame, definition, { kind: 'skipped', drift: `if: ${condition}` });
    }
    await planKind(draft, frame, definition, scope);
  } catch (error) {
    if (draft.engine.isCancellation(error)) throw error;
    put(draft, frame, definition, { kind: 'undetermined', drift: failureOf(error).message });
  }
}

async function planKind(
  draft: Draft,
  frame: Frame,
  definition: Step | Guard,
  scope: Scope,
): Promise<void> {
  if ('action' in definition || 'wait' in definition)
    return planAction(draft, frame, definition, scope);
  if ('restore' in definition) return planRestore(draft, frame, definition);
  if ('call' in definition) {
    const later = unknown(draft, frame, [definition.call, definition.input]);
    if (later !== null) return put(draft, frame, definition, { kind: 'deferred', drift: later });
    const name = String(fill(definition.call, scope));
    const callee = await draft.engine.callee(
      name,
      fill(definition.input ?? {}, scope) as JsonObject,
    );
    Object.assign(draft.actions, callee.actions);
    const path = frame.index.get(definition.id)?.path ?? definition.id;
    const inner = createFrame(draft.program, callee.runbook, callee.inputs, {
      prefix: `${path}/`,
      outer: frame,
      files: { ...frame.files, ...callee.files },
    });
    return planFrame(draft, inner);
  }
  if ('approval' in definition)
    return put(draft, frame, definition, { kind: 'manual', drift: definition.approval });
  if ('manual' in definition) {
    const known = unknown(draft, frame, definition.manual) === null;
    const text = known ? String(fill(definition.manual, scope)) : definition.manual;
    return put(draft, frame, definition, { kind: 'manual', drift: text });
  }
  if ('delay' in definition)
    return put(draft, frame, definition, { kind: 'no-op', drift: `waits ${definition.delay}` });
  if ('forEach' in definition) return planFleet(draft, frame, definition, scope);
  const inner = ownSteps(definition).map((step) => ({ frame, definition: step }));
  await planAll(draft, inner);
}

/** The arithmetic of a fleet, and then what each item would do. */
async function planFleet(
  draft: Draft,
  frame: Frame,
  definition: ForEachStep,
  scope: Scope,
): Promise<void> {
  const later = unknown(draft, frame, definition.forEach);
  if (later !== null) return put(draft, frame, definition, { kind: 'deferred', drift: later });
  const path = frame.index.get(definition.id)?.path ?? definition.id;
  const items = itemsOf(fill(definition.forEach, scope), path);
  if (items.length === 0) {
    return put(draft, frame, definition, { kind: 'skipped', drift: 'no item' });
  }
  const drift = shapeInWords(fleetShape(definition, items.length));
  put(draft, frame, definition, { kind: 'no-op', drift });
  // What comes out of it is not known before all items are through.
  draft.kinds.set(frame.prefix + definition.id, 'deferred');
  for (const guard of definition.health ?? []) {
    put(draft, frame, guard, { kind: 'deferred', drift: 'must hold between two waves' });
  }
  const inner = items.map((item) =>
    createFrame(
      draft.program,
      itemRunbook(draft.program, frame, definition, item, scope),
      frame.inputs,
      {
        prefix: `${itemPath(path, item)}/`,
        files: frame.files,
        bound: boundOf(frame, definition, item, scope),
      },
    ),
  );
  await planAll(draft, inner.flatMap(placesOf));
}

function planRestore(draft: Draft, frame: Frame, definition: Step & { restore: string }): void {
  const source = frame.index.get(definition.restore)?.path ?? definition.restore;
  const ended = draft.record.steps.filter(
    ({ path }) => draft.ended.has(path) && (path === source || path.startsWith(`${source}[`)),
  );
  if (ended.length > 0) {
    const left = ended.some(({ applied, restored }) => applied && !restored);
    const drift = left ? `puts back what step '${definition.restore}' has changed` : null;
    return put(draft, frame, definition, { kind: left ? 'deferred' : 'no-op', drift });
  }
  const kind = draft.kinds.get(frame.prefix + definition.restore);
  const nothing = kind === 'no-op' || kind === 'skipped';
  put(draft, frame, definition, {
    kind: nothing ? 'no-op' : 'deferred',
    drift: nothing ? null : `puts back what step '${definition.restore}' will have changed`,
  });
}
