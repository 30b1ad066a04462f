import type { ForEachStep, Guard, Step } from '../definition/runbook.js';
import { ownSteps } from './kinds.js';
import { excerpt } from '../excerpt.js';
import type { Json, JsonObject } from '../json.js';
import type { Failure, Plan, PlannedStep, RunRecord } from '../record.js';
import type { Engine, Looked, VerbAnswer, VerbRequest } from './engine.js';
import { fill, holds, type Scope } from './expression.js';
import {
  actionOf,
  createFrame,
  findTarget,
  scopeOf,
  targetsOf,
  titleOf,
  type Frame,
} from './frame.js';
import { boundOf, itemPath, itemRunbook, itemsOf } from './items.js';
import { alters, type PlanKind } from './outcome.js';
import type { ActionFacts, Program } from './program.js';
import { pendingStep } from './reduce.js';
import { referencesIn } from './references.js';
import { failureOf, type Run } from './run.js';
import { fillInput } from './secrets.js';
import { fleetShape, shapeInWords } from './waves.js';

/** What the plan knows while it goes along. */
interface Draft {
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
  /** True when a guard does not hold. */
  refused: boolean;
}

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
    refused: false,
  };
  for (const { frame, steps } of parts)
    for (const step of steps) await planStep(draft, frame, step);
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
  for (const guard of frame.runbook.guards ?? []) await planStep(draft, frame, guard);
  for (const step of frame.runbook.steps) await planStep(draft, frame, step);
  for (const step of frame.runbook.finally ?? []) await planStep(draft, frame, step);
}

interface Line {
  readonly kind: PlanKind;
  readonly drift: string | null;
  readonly before?: PlannedStep['before'];
  readonly target?: string | null;
  readonly path?: string;
}

function put(draft: Draft, frame: Frame, definition: Step | Guard, line: Line): void {
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
function unknown(draft: Draft, frame: Frame, value: unknown): string | null {
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
  for (const inner of ownSteps(definition)) await planStep(draft, frame, inner);
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
  for (const item of items) {
    const runbook = itemRunbook(draft.program, frame, definition, item, scope);
    const inner = createFrame(draft.program, runbook, frame.inputs, {
      prefix: `${itemPath(path, item)}/`,
      files: frame.files,
      bound: boundOf(frame, definition, item, scope),
    });
    await planFrame(draft, inner);
  }
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

async function planAction(
  draft: Draft,
  frame: Frame,
  definition: Step | Guard,
  scope: Scope,
): Promise<void> {
  const name = actionOf(definition) ?? '';
  const facts = draft.actions[name];
  if (facts === undefined)
    return put(draft, frame, definition, {
      kind: 'undetermined',
      drift: `the worker has no action '${name}'`,
    });
  const later = unknown(draft, frame, [
    'on' in definition ? definition.on : null,
    'input' in definition ? definition.input : null,
  ]);
  if (later !== null) return put(draft, frame, definition, { kind: 'deferred', drift: later });
  const { names, list } = targetsOf(draft.program, frame, definition, facts, scope);
  const sights = names.map((target) => prepare(draft, frame, definition, facts, target, list));
  const requests = sights.flatMap(({ look }) => ('verb' in look ? [look] : []));
  const seen = [...(await looks(draft.engine, requests))];
  // Written down in the order of the targets, not of the answers: the hash depends on it.
  for (const { target, path, look } of sights) {
    const line = 'verb' in look ? lineOf(draft, seen.shift()) : look;
    note(draft, frame, definition, facts, { target, path, answer: line });
  }
}

/** What there is to see of a step on one target: a check to be made, or a line that is known without. */
interface Sight {
  readonly target: string;
  readonly path: string;
  readonly look: VerbRequest | Line;
}

/** A line of the plan before it is known whether an earlier step changes the same thing. */
interface Look {
  readonly target: string;
  readonly path: string;
  readonly answer: VerbAnswer | Line;
}

function prepare(
  draft: Draft,
  frame: Frame,
  definition: Step | Guard,
  facts: ActionFacts,
  target: string,
  list: boolean,
): Sight {
  const plain = frame.index.get(definition.id)?.path ?? definition.id;
  const path = list ? `${plain}[${target}]` : plain;
  if (facts.impact === 'read' && draft.altered.size > 0) {
    const drift = 'looks at what earlier steps will have changed';
    return { target, path, look: { kind: 'deferred', drift } };
  }
  const scope = scopeOf(draft.program, frame, draft.record, findTarget(draft.program, target));
  const written = 'input' in definition ? definition.input : undefined;
  try {
    const filled = fillInput(written, scope);
    const request: VerbRequest = {
      verb: 'check',
      path,
      title: titleOf(definition),
      action: facts.name,
      target,
      ...filled,
      input: { ...filled.input, ...draft.edited[path] },
      before: null,
      timeoutMs: facts.timeoutMs,
      settle: facts.settle,
    };
    return { target, path, look: request };
  } catch (error) {
    return { target, path, look: unseen(failureOf(error), draft.altered.size > 0) };
  }
}

/** Makes checks all at once. @throws a cancellation. */
async function looks(engine: Engine, requests: readonly VerbRequest[]): Promise<readonly Looked[]> {
  if (engine.looks !== undefined && requests.length > 1) return engine.looks(requests);
  return Promise.all(
    requests.map(async (request): Promise<Looked> => {
      try {
        return { answer: await engine.perform(request) };
      } catch (error) {
        if (engine.isCancellation(error)) throw error;
        return { failure: failureOf(error) };
      }
    }),
  );
}

function lineOf(draft: Draft, looked: Looked | undefined): VerbAnswer | Line {
  if (looked === undefined) throw new TypeError('a check has no answer');
  return 'answer' in looked ? looked.answer : unseen(looked.failure, draft.altered.size > 0);
}

/** Failures of a check that an earlier change of the same run may well mend: what makes a machine, or puts a tool on it. */
const mendable: ReadonlySet<string> = new Set(['unreachable', 'login-failed', 'tool-missing']);

/** The line of a check that failed. */
function unseen({ code, message }: Failure, afterChange: boolean): Line {
  return afterChange && mendable.has(code)
    ? { kind: 'deferred', drift: `cannot be looked at before the steps above: ${message}` }
    : { kind: 'undetermined', drift: message };
}

function note(
  draft: Draft,
  frame: Frame,
  definition: Step | Guard,
  facts: ActionFacts,
  { target, path, answer }: Look,
): void {
  if ('kind' in answer) return put(draft, frame, definition, { ...answer, target, path });
  const { drift, before } = answer;
  const key = `${target} ${answer.resource ?? path}`;
  const line = { drift, before, target, path };
  if (draft.altered.has(key)) {
    const why = 'an earlier step changes the same thing';
    return put(draft, frame, definition, { ...line, kind: 'deferred', drift: why });
  }
  const guard = frame.index.get(definition.id)?.kind === 'guard';
  // Of a guard only the check runs, whatever its action could change.
  if (guard || facts.impact === 'read') {
    const kind = drift === null ? 'holds' : 'does-not-hold';
    put(draft, frame, definition, { ...line, kind });
    if (kind === 'does-not-hold' && guard) draft.refused = true;
  } else {
    if (drift !== null) draft.altered.add(key);
    put(draft, frame, definition, { ...line, kind: drift === null ? 'no-op' : facts.impact });
  }
  const step = pendingStep({
    path,
    title: titleOf(definition),
    kind: 'action',
    action: facts.name,
    target,
  });
  const output = { ...answer.output } as Record<string, never>;
  draft.record = {
    ...draft.record,
    steps: [...draft.record.steps, { ...step, outcome: 'unchanged', before, drift, output }],
  };
}
