import type { HostSpec, Inventory, TargetSpec } from '../definition/inventory.js';
import type { Guard, Probe, Runbook, Step } from '../definition/runbook.js';
import { kindOf, ownSteps, type FailurePolicy } from './kinds.js';
import { isRunbookError, PermanentError } from '../errors.js';
import type { Json } from '../json.js';
import type { RecordedKind, RunRecord, StepRecord } from '../record.js';
import { fill, type Scope } from './expression.js';
import type { ActionFacts, Inputs, Surroundings } from './program.js';
import { pendingStep } from './reduce.js';

/** What the steps of an item of a fleet see of the runbook that they stand in. */
export interface Bound {
  readonly item: Json;
  /** Earlier steps around the `forEach`, as expressions see them. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** Prefix of the paths around the `forEach`. */
  readonly prefix: string;
  /** Names of the runbooks on the way there. */
  readonly stack: readonly string[];
}

/** One runbook at work: the root, or one that a step calls. */
export interface Frame {
  /** Empty for the root, `work/` for what step `work` calls. */
  readonly prefix: string;
  readonly runbook: Runbook;
  readonly inputs: Inputs;
  /** The runbook's own target. */
  readonly target: TargetSpec | null;
  readonly index: ReadonlyMap<string, Indexed>;
  /** Id of each path in the index. */
  readonly ids: ReadonlyMap<string, string>;
  /** Names of the runbooks on the way here, this one included. */
  readonly stack: readonly string[];
  /** Data files: those of the run, and those that the call has brought. */
  readonly files: Readonly<Record<string, Json>>;
  /** What happens when a step has failed for good and does not say: the runbook's own word, else its caller's. */
  readonly policy: FailurePolicy;
  /** For the steps of an item of a fleet. */
  readonly bound?: Bound;
}

/** A definition and its path. */
export interface Indexed {
  readonly path: string;
  readonly kind: RecordedKind;
  readonly definition: Step | Guard;
  /** True for a step of `finally`: its failure does not stop the run from ending. */
  readonly last: boolean;
}

/** The host or cluster of that name; undefined where the inventory has none. */
export function targetOf(inventory: Inventory, name: string): TargetSpec | undefined {
  const { hosts, clusters } = inventory;
  // Names are people's: `constructor` is one like any other.
  if (Object.hasOwn(hosts, name)) return hosts[name];
  return Object.hasOwn(clusters, name) ? clusters[name] : undefined;
}

/** The target of that name. @throws PermanentError `target-unknown` */
export function findTarget(around: Surroundings, name: string): TargetSpec {
  const found = targetOf(around.inventory, name);
  if (found === undefined) {
    throw new PermanentError('target-unknown', `the inventory has no host or cluster '${name}'`);
  }
  return found;
}

function indexSteps(
  steps: readonly Step[],
  prefix: string,
  into: Map<string, Indexed>,
  last = false,
): void {
  for (const step of steps) {
    const path = prefix + step.id;
    into.set(step.id, { path, kind: kindOf(step), definition: step, last });
    indexSteps(ownSteps(step), `${path}/`, into, last);
    if ('forEach' in step) indexGuards(step.health ?? [], `${path}/`, into);
  }
}

function indexGuards(guards: readonly Guard[], prefix: string, into: Map<string, Indexed>): void {
  for (const guard of guards) {
    into.set(guard.id, { path: prefix + guard.id, kind: 'guard', definition: guard, last: false });
  }
}

/** Where a frame stands; the root of a run where nothing is said. */
export interface Place {
  readonly prefix?: string;
  readonly outer?: Frame;
  readonly files?: Frame['files'];
  readonly bound?: Bound;
}

/** Makes a frame. @throws PermanentError `target-unknown`, `expression-failed`. */
export function createFrame(
  around: Surroundings,
  runbook: Runbook,
  inputs: Inputs,
  { prefix = '', outer, files = around.files, bound }: Place = {},
): Frame {
  const index = new Map<string, Indexed>();
  indexGuards(runbook.guards ?? [], prefix, index);
  indexSteps(runbook.steps, prefix, index);
  indexSteps(runbook.finally ?? [], prefix, index, true);
  let target: TargetSpec | null = null;
  if (runbook.target !== undefined) {
    const name = fill(runbook.target, {
      inputs,
      inventory: around.inventory,
      ...folders(around),
      files,
      ...(bound === undefined ? {} : { item: bound.item }),
    });
    if (typeof name !== 'string') {
      throw new PermanentError('target-unknown', `the target of '${runbook.name}' is not a name`);
    }
    target = findTarget(around, name);
  }
  return {
    prefix,
    runbook,
    inputs,
    target,
    index,
    ids: new Map([...index].map(([id, indexed]) => [indexed.path, id])),
    stack: bound?.stack ?? [...(outer?.stack ?? []), runbook.name],
    files,
    policy: runbook.onFailure ?? outer?.policy ?? 'park',
    ...(bound === undefined ? {} : { bound }),
  };
}

function folders(around: Surroundings): Pick<Scope, 'paths' | 'project'> {
  return { paths: around.paths, project: around.project };
}

/** Members of a step's records that later expressions see. */
function view(steps: readonly StepRecord[]): unknown {
  const one = (step: StepRecord): Record<string, unknown> => ({
    outcome: step.outcome,
    changed: step.outcome === 'changed' || step.outcome === 'restored',
    drift: step.drift,
    before: step.before,
    ...(step.output === null ? {} : { output: step.output }),
  });
  const [first] = steps;
  if (first !== undefined && steps.length === 1 && !first.path.endsWith(']')) return one(first);
  return {
    changed: steps.some((step) => step.outcome === 'changed' || step.outcome === 'restored'),
    targets: Object.fromEntries(steps.map((step) => [step.target ?? '', one(step)])),
  };
}

/** What expressions see of the steps of a frame that have an outcome. */
function viewOfSteps(frame: Frame, record: RunRecord): Readonly<Record<string, unknown>> {
  const byId = new Map<string, StepRecord[]>();
  for (const step of record.steps) {
    // The items of a fleet have records of their own; its step speaks for all of them.
    if (step.outcome === null || step.kind === 'item') continue;
    const id = frame.ids.get(step.path.replace(/\[[^\]]*\]$/, ''));
    if (id === undefined) continue;
    byId.set(id, [...(byId.get(id) ?? []), step]);
  }
  return {
    ...frame.bound?.steps,
    ...Object.fromEntries([...byId].map(([id, steps]) => [id, view(steps)])),
  };
}

/** What the expressions of a frame see. */
export function scopeOf(
  around: Surroundings,
  frame: Frame,
  record: RunRecord,
  target: TargetSpec | null = frame.target,
): Scope {
  let steps: Readonly<Record<string, unknown>> | null = null;
  return {
    inputs: frame.inputs,
    inventory: around.inventory,
    ...(target === null ? {} : { target }),
    ...(frame.bound === undefined ? {} : { item: frame.bound.item }),
    // Most expressions name no step, and a run has many: seen only when somebody looks.
    get steps() {
      return (steps ??= viewOfSteps(frame, record));
    },
    run: {
      id: record.run,
      startedAt: record.startedAt,
      user: record.startedBy,
      runbook: record.runbook,
    },
    ...folders(around),
    files: frame.files,
  };
}

/** Targets of one use of an action. */
export interface Targets {
  readonly names: readonly string[];
  /** True when the step runs once per target, with the target in its path. */
  readonly list: boolean;
}

/** The cluster action of a host acts on its cluster. */
function fit(around: Surroundings, name: string, action: ActionFacts): string {
  const target = findTarget(around, name);
  if (target.kind === action.on) return name;
  const cluster = target.kind === 'host' ? target.cluster : null;
  if (cluster !== null && action.on === 'cluster') return findTarget(around, cluster).name;
  throw new PermanentError(
    'target-unknown',
    `${action.name} acts on a ${action.on}, but '${name}' is a ${target.kind}` +
      (action.on === 'cluster' ? ' that belongs to no cluster' : ''),
  );
}

/**
 * Targets of a step: its `on`, else the runbook's target (a cluster action takes that host's cluster),
 * else `local` for host actions and the only cluster for cluster actions.
 * @throws PermanentError `target-unknown`.
 */
export function targetsOf(
  around: Surroundings,
  frame: Frame,
  on: Step | Guard | Probe,
  action: ActionFacts,
  scope: Scope,
): Targets {
  const wanted = 'on' in on && on.on !== undefined ? fill(on.on, scope) : null;
  if (Array.isArray(wanted)) {
    return { names: wanted.map((name) => fit(around, String(name), action)), list: true };
  }
  if (typeof wanted === 'string') {
    const group = around.inventory.groups[wanted];
    if (group !== undefined && around.inventory.hosts[wanted] === undefined) {
      return { names: group.map((name) => fit(around, name, action)), list: true };
    }
    return { names: [fit(around, wanted, action)], list: false };
  }
  if (wanted !== null)
    throw new PermanentError(
      'target-unknown',
      `'on' of step '${on.id}' is not a name or list of names`,
    );
  if (frame.target !== null)
    return { names: [fit(around, frame.target.name, action)], list: false };
  if (action.on === 'host') return { names: ['local'], list: false };
  const clusters = Object.keys(around.inventory.clusters);
  const [only] = clusters;
  if (only === undefined || clusters.length > 1) {
    throw new PermanentError(
      'target-unknown',
      `step '${on.id}' does not say which cluster it acts on, and the inventory has ${clusters.length}`,
    );
  }
  return { names: [only], list: false };
}

/** Records of the steps of a frame, before anything is known of them. */
export function pendingSteps(
  around: Surroundings,
  frame: Frame,
  sections: readonly (readonly (Step | Guard)[])[],
): StepRecord[] {
  const scope: Scope = {
    inputs: frame.inputs,
    inventory: around.inventory,
    ...(frame.target === null ? {} : { target: frame.target }),
    ...folders(around),
    files: frame.files,
    ...(frame.bound === undefined ? {} : { item: frame.bound.item }),
  };
  const found: StepRecord[] = [];
  const visit = (definition: Step | Guard): void => {
    const indexed = frame.index.get(definition.id);
    if (indexed === undefined) throw new TypeError(`step '${definition.id}' is not in its frame`);
    found.push(
      pendingStep({
        path: indexed.path,
        title: titleIn(scope, definition),
        kind: indexed.kind,
        action: actionOf(definition),
        target: null,
      }),
    );
    if ('forEach' in definition) for (const guard of definition.health ?? []) visit(guard);
    if (indexed.kind !== 'guard') for (const inner of ownSteps(definition)) visit(inner);
  };
  for (const section of sections) for (const definition of section) visit(definition);
  return found;
}

/** Title with its expressions evaluated; as it is written where one of them fails. */
function titleIn(scope: Scope, definition: Step | Guard): string {
  const title = titleOf(definition);
  try {
    return String(fill(title, scope));
  } catch (error) {
    if (isRunbookError(error)) return title;
    throw error;
  }
}

/** The action that a step names, if any. */
export function actionOf(definition: Step | Guard): string | null {
  if ('action' in definition) return definition.action;
  if ('wait' in definition) return definition.wait;
  return null;
}

/** Title for people: the definition's own, else its id. */
export function titleOf(definition: Step | Guard | Probe): string {
  return definition.title ?? definition.id;
}

/** Facts about the worker's own machine, which every inventory has. */
export const localHost: HostSpec = {
  kind: 'host',
  name: 'local',
  address: null,
  port: 22,
  user: 'root',
  key: null,
  knownHosts: null,
  via: null,
  path: [],
  cluster: null,
  taskQueue: null,
  groups: [],
  vars: {},
  machine: null,
};
