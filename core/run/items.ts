import type { ForEachStep, Runbook } from '../definition/runbook.js';
import { PermanentError } from '../errors.js';
import { isObject, type Json } from '../json.js';
import type { Failure, RunRecord, Waiting } from '../record.js';
import { claimsIn } from './claims.js';
import { fill, type Scope } from './expression.js';
import { targetOf, type Bound, type Frame } from './frame.js';
import type { Fence } from './lease.js';
import type { RunState as StateOfRun } from './outcome.js';
import type { ActionFacts, Inputs, Surroundings } from './program.js';
import { referencesIn } from './references.js';

/** One of what a `forEach` goes over. */
export interface Item {
  /** Its name: part of its path, and of the id of its run. */
  readonly key: string;
  readonly value: Json;
}

/** More would not fit into the record of the run that they belong to. */
const maxItems = 500;

const keyPattern = /^[^\s/[\]]{1,100}$/;

function keyOf(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const name = isObject(value) ? value['name'] : undefined;
  return typeof name === 'string' ? name : null;
}

/** Items of an evaluated list. @throws PermanentError `definition-invalid` */
export function itemsOf(list: unknown, path: string): Item[] {
  const wrong = (why: string): PermanentError =>
    new PermanentError('definition-invalid', `'forEach' of step '${path}': ${why}`);
  if (!Array.isArray(list)) throw wrong('it is not a list');
  if (list.length > maxItems) {
    throw wrong(`${list.length} items; at most ${maxItems} fit into one run`);
  }
  const seen = new Set<string>();
  return list.map((value: Json) => {
    const key = keyOf(value);
    if (key === null) throw wrong("an item is a text, a number, or a map with a 'name'");
    if (!keyPattern.test(key)) {
      throw wrong(`'${key}' cannot name an item: no blanks, / [ or ], and at most 100 characters`);
    }
    if (seen.has(key)) throw wrong(`'${key}' is there twice`);
    seen.add(key);
    return { key, value };
  });
}

/** Path of an item: `hosts[web1]`. */
export function itemPath(fleet: string, { key }: Item): string {
  return `${fleet}[${key}]`;
}

/** Id of the run of an item: `<run>/hosts/web1`. `root` is the run that everything began with. */
export function itemRun(root: string, path: string): string {
  if (path === '') return root;
  return `${root}/${path.replaceAll(/\[([^\]]*)\]/g, '/$1')}`;
}

/** What the run of an item gets from the run around it. */
export interface Within {
  /** Run whose item this is. */
  readonly run: string;
  /** Run that everything began with. */
  readonly root: string;
  /** Path of the item: the beginning of the paths of all its steps. */
  readonly path: string;
  readonly bound: Bound;
  /** Inputs of the runbook that the item's steps stand in. */
  readonly inputs: Inputs;
  readonly actions: Readonly<Record<string, ActionFacts>>;
  /** Leases that the run around it holds: the item acts under them, too. */
  readonly fences: readonly Fence[];
}

/** The run of an item, as it is asked for. */
export interface ItemRequest {
  /** Id of the run. */
  readonly id: string;
  readonly runbook: Runbook;
  readonly files: Readonly<Record<string, Json>>;
  readonly within: Omit<Within, 'fences'>;
}

/** The run that is to put back what the run of an item had changed, as it is asked for. */
export interface ItemUndo {
  /** Id of the run. */
  readonly id: string;
  /** Run around it. */
  readonly run: string;
  /** Id of the run that has ended. */
  readonly from: string;
  /** Path of the item. */
  readonly path: string;
  /** Run that everything began with. */
  readonly root: string;
  /** Also what is no longer as that run has left it. */
  readonly force: boolean;
}

/** Only the steps that the item's own may refer to: a record of hundreds would not fit into each request. */
function outerSteps(step: ForEachStep, scope: Scope): Record<string, unknown> {
  const used = new Set(
    referencesIn([step.steps, step.locks, step.target]).flatMap(([root, id]) =>
      root === 'steps' && id !== undefined ? [id] : [],
    ),
  );
  const all = isObject(scope.steps) ? scope.steps : {};
  return Object.fromEntries(Object.entries(all).filter(([id]) => used.has(id)));
}

/** What expressions of an item's steps see besides what every runbook's do. */
export function boundOf(frame: Frame, step: ForEachStep, item: Item, scope: Scope): Bound {
  return {
    item: item.value,
    steps: { ...frame.bound?.steps, ...outerSteps(step, scope) },
    prefix: frame.prefix,
    stack: frame.stack,
  };
}

/** The steps of an item as a runbook of their own. @throws PermanentError `expression-failed`, `target-unknown` */
export function itemRunbook(
  around: Surroundings,
  frame: Frame,
  step: ForEachStep,
  item: Item,
  scope: Scope,
): Runbook {
  const target =
    step.target === undefined
      ? targetOf(around.inventory, item.key) === undefined
        ? frame.target?.name
        : item.key
      : fill(step.target, { ...scope, item: item.value });
  if (target !== undefined && typeof target !== 'string') {
    throw new PermanentError('target-unknown', `the target of item '${item.key}' is not a name`);
  }
  const { apiVersion, name, inputs } = frame.runbook;
  return {
    apiVersion,
    name,
    title: `${step.title ?? step.id}: ${item.key}`,
    ...(inputs === undefined ? {} : { inputs }),
    ...(target === undefined ? {} : { target }),
    ...(step.locks === undefined ? {} : { locks: step.locks }),
    steps: [...step.steps],
    onFailure: step.onFailure ?? frame.policy,
  };
}

/** How the run of an item stands, told to the run around it whenever that changes. */
export interface ItemReport {
  /** Path of the item. */
  readonly path: string;
  readonly run: string;
  readonly state: StateOfRun;
  /** True where it has changed something. */
  readonly changed: boolean;
  readonly failure: Failure | null;
  readonly waitingFor: readonly Waiting[];
  readonly targets: readonly string[];
  /** For one that is through: keys of what it has a say in. */
  readonly claims?: readonly string[];
}

/** Steps of a plan that a ballot lists outside of the run of its item. */
const listedOutside = 4;

/** What a step of an item waits for, in a record that may hold hundreds of them. */
function briefly(waiting: Waiting): Waiting {
  const { ballot } = waiting;
  if (ballot === undefined) return waiting;
  return { ...waiting, ballot: { ...ballot, does: ballot.does.slice(0, listedOutside) } };
}

/** What there is to be told of an item's run. Pure: equal records tell equal things. */
export function reportOf(record: RunRecord, path: string): ItemReport {
  const { run, state, failure, waitingFor, targets } = record;
  const changed = record.steps.some(
    ({ outcome }) => outcome === 'changed' || outcome === 'restored',
  );
  const claims = state === 'done' ? claimsIn(record) : undefined;
  return {
    path,
    run,
    state,
    changed: changed && (state === 'done' || state === 'succeeded'),
    failure,
    waitingFor: waitingFor.map((waiting) => ({ ...briefly(waiting), run: waiting.run ?? run })),
    targets,
    ...(claims === undefined ? {} : { claims }),
  };
}

/** What the run around an item says to its run. */
export interface ItemOrder {
  /**
   * `finish`: nothing of it will be asked any more · `again`: begin once more where it failed · `ping`: nothing,
   * but it must be there · `look`: once more at what it has done.
   */
  readonly order: 'pause' | 'resume' | 'again' | 'undo' | 'cancel' | 'finish' | 'ping' | 'look';
  readonly by: string;
  readonly reason: string;
  /** Leases of the run around it as they are now. */
  readonly fences?: readonly Fence[];
  /** look: keys of what steps that came later have a say in. */
  readonly superseded?: readonly string[];
}
