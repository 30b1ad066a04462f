import type { AnyAction } from '../action.js';
import type { Approvers } from '../run/approvers.js';
import { unknownAction } from './actions.js';
import { approvalProblems } from './approvals.js';
import { callProblems } from './calls.js';
import { ExpressionChecker } from './expressions.js';
import { didYouMean } from './nearest.js';
import { specProblems } from './input-spec.js';
import type { Inventory } from './inventory.js';
import type { Problem, ProblemBelow } from './problem.js';
import type {
  ApprovalStep,
  CallStep,
  ForEachStep,
  Guard,
  Lock,
  Probe,
  Runbook,
  Step,
} from './runbook.js';
import type { Reference } from '../run/references.js';
import { inOrder } from './schema.js';
import { fleetOutput, object, scopeShape, shapeOf, stepShape, type Shape } from './shape.js';
import type { Source } from './source.js';
import { unreachable, type Spot } from './spot.js';
import { hasExpression } from '../run/template.js';
import { idsOf, type Ids } from './ids.js';
import { InputChecker } from './input.js';
import { misplacedSecrets } from './secrets.js';
import { shellTextProblem } from './shell-text.js';
import { noTargetProblem, targetProblem } from './targets.js';
import { wavesProblems } from './waves.js';

/** What a definition is checked against. */
export interface Catalog {
  /** An action by name; null when there is none. */
  action(name: string): AnyAction | null;
  readonly actionNames: readonly string[];
  /** Another runbook by name; null when there is none. */
  runbook(name: string): Runbook | null;
  readonly runbookNames: readonly string[];
  /** Names of the project's secrets; none unless told. */
  readonly secretNames?: readonly string[];
  /** Null where no inventory is known: then names of targets are not checked. */
  readonly inventory: Inventory | null;
  /** Who may approve; left out where that is not known. */
  readonly approvers?: Approvers;
  /** Why a data file of the project cannot be used; null when it can. Left out where the files are not at hand. */
  dataFile?(name: string): string | null;
}

type Path = readonly (string | number)[];

/** Every text in a value that holds a word. */
function textsWith(word: string, value: unknown): string[] {
  if (typeof value === 'string') return value.includes(word) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item) => textsWith(word, item));
}

/** Checks one runbook beyond its schema: names, order, types, targets. */
class Validator {
  readonly #problems: Problem[] = [];
  readonly #ids: Ids;
  #checker = new ExpressionChecker(object({}));
  readonly #source: Source;
  readonly #runbook: Runbook;
  readonly #catalog: Catalog;

  constructor(source: Source, runbook: Runbook, catalog: Catalog) {
    this.#source = source;
    this.#runbook = runbook;
    this.#ids = idsOf(runbook);
    this.#catalog = catalog;
  }

  run(): Problem[] {
    const runbook = this.#runbook;
    this.#tell([], this.#ids.problems);
    const texts = textsWith('steps', runbook);
    const scope = scopeShape(runbook, this.#stepShapes(), this.#catalog.secretNames);
    this.#checker = new ExpressionChecker(scope, (id) => texts.some((text) => text.includes(id)));
    const nothing: ReadonlySet<string> = new Set();
    const start: Spot = { ended: nothing, scope: 'definition' };
    for (const [name, input] of Object.entries(runbook.inputs ?? {})) {
      this.#tell(['inputs', name], specProblems(input, this.#catalog.inventory));
    }
    this.#texts(['target'], runbook.target, start, { kind: 'string' });
    this.#targetName(['target'], runbook.target);
    this.#locks(['locks'], runbook.locks, { ...start, scope: 'guard' });
    for (const [i, probe] of (runbook.probes ?? []).entries())
      this.#use(['probes', i], probe, { ended: nothing, scope: 'guard' });
    for (const [i, guard] of (runbook.guards ?? []).entries())
      this.#use(['guards', i], guard, { ended: nothing, scope: 'guard' });
    const guards = new Set((runbook.guards ?? []).map((guard) => guard.id));
    const ended = this.#steps(['steps'], runbook.steps, guards);
    const last = this.#steps(['finally'], runbook.finally ?? [], ended);
    this.#values(['outputs'], runbook.outputs ?? {}, { ended: last, scope: 'end' });
    return inOrder(this.#problems);
  }

  #problem(path: Path, message: string, hint: string | null = null, offset = 0): void {
    this.#problems.push(this.#source.problem(path, message, hint, 'value', offset));
  }

  /** Tells what was found below a place. */
  #tell(path: Path, found: readonly ProblemBelow[]): void {
    for (const one of found) this.#problem([...path, ...one.path], one.message, one.hint);
  }

  #stepShapes(): Record<string, Shape> {
    const shapes: Record<string, Shape> = {};
    for (const [id, item] of this.#ids.all) {
      if (this.#runbook.probes?.some((probe) => probe.id === id) === true) continue;
      const name = 'action' in item ? item.action : 'wait' in item ? item.wait : null;
      const action = name === null ? null : this.#catalog.action(name);
      const output = action === null ? { kind: 'any' as const } : shapeOf(action.output, 'output');
      shapes[id] = stepShape('forEach' in item ? fleetOutput : output);
    }
    return shapes;
  }

  /** Checks steps in order; answers the ids that have ended after them. */
  #steps(
    path: Path,
    steps: readonly Step[],
    before: ReadonlySet<string>,
    around?: ReadonlySet<string>,
  ): ReadonlySet<string> {
    const ended = new Set(before);
    for (const [i, step] of steps.entries()) {
      for (const id of this.#step([...path, i], step, ended, around)) ended.add(id);
    }
    return ended;
  }

  /** A fleet: its items see what has ended before it; what comes after it sees the fleet alone. */
  #fleet(path: Path, step: ForEachStep, spot: Spot): void {
    this.#values([...path, 'forEach'], step.forEach, spot, { kind: 'list', of: { kind: 'any' } });
    const inside: Spot = { ...spot, around: spot.ended };
    this.#texts([...path, 'target'], step.target, inside, { kind: 'string' });
    this.#targetName([...path, 'target'], step.target);
    for (const [i, guard] of (step.health ?? []).entries())
      this.#use([...path, 'health', i], guard, spot);
    this.#tell([...path, 'waves'], wavesProblems(step.waves ?? []));
    this.#steps([...path, 'steps'], step.steps, spot.ended, spot.ended);
  }

  #locks(path: Path, locks: readonly Lock[] | undefined, spot: Spot): void {
    for (const [i, lock] of (locks ?? []).entries()) {
      const plain = typeof lock === 'string';
      const at = plain ? [...path, i] : [...path, i, 'lease'];
      this.#texts(at, plain ? lock : lock.lease, spot, { kind: 'string' });
    }
  }

  #step(
    path: Path,
    step: Step,
    ended: ReadonlySet<string>,
    around?: ReadonlySet<string>,
  ): string[] {
    const spot: Spot = { ended, scope: 'step', ...(around === undefined ? {} : { around }) };
    const inFleet: Spot = 'forEach' in step ? { ...spot, around: around ?? ended } : spot;
    this.#locks([...path, 'locks'], step.locks, inFleet);
    if ('forEach' in step) {
      this.#texts([...path, 'if'], step.if, spot, { kind: 'boolean' });
      this.#fleet(path, step, spot);
      return [step.id];
    }
    if ('parallel' in step) {
      this.#texts([...path, 'if'], step.if, spot, { kind: 'boolean' });
      // Branches run at once: none sees what another does.
      const inner = step.parallel.flatMap((branch, i) =>
        this.#step([...path, 'parallel', i], branch, ended, around),
      );
      return [...inner, step.id];
    }
    if ('steps' in step) {
      this.#texts([...path, 'if'], step.if, spot, { kind: 'boolean' });
      return [...this.#steps([...path, 'steps'], step.steps, ended, around), step.id];
    }
    this.#use(path, step, spot);
    return [step.id];
  }

  /** One step, guard or probe that is not a group. */
  #use(path: Path, item: Step | Guard | Probe, spot: Spot): void {
    this.#texts([...path, 'if'], item.if, spot, { kind: 'boolean' });
    this.#texts(
      [...path, 'title'],
      item.title,
      {
        ended: new Set(),
        scope: 'guard',
        ...(spot.around === undefined ? {} : { around: spot.around }),
      },
      { kind: 'string' },
    );
    for (const key of ['timeout', 'delay', 'manual', 'approval', 'call'] as const) {
      if (key in item)
        this.#texts([...path, key], (item as Record<string, unknown>)[key], spot, {
          kind: 'string',
        });
    }
    if ('settle' in item) this.#values([...path, 'settle'], item.settle, spot);
    if ('retry' in item) this.#values([...path, 'retry'], item.retry, spot);
    if ('restore' in item) this.#restore(path, item.restore, spot);
    if ('call' in item) this.#call(path, item, spot);
    if ('approval' in item) this.#approval(path, item, spot);
    const name = 'action' in item ? item.action : 'wait' in item ? item.wait : null;
    if (name !== null) this.#acting(path, item, name, spot);
  }

  #approval(path: Path, item: ApprovalStep, spot: Spot): void {
    this.#texts([...path, 'escalate', 'timeout'], item.escalate?.timeout, spot, { kind: 'string' });
    this.#tell(path, approvalProblems(item, this.#catalog.approvers ?? null));
  }

  #acting(path: Path, item: Step | Guard | Probe, name: string, spot: Spot): void {
    const key = 'wait' in item ? 'wait' : 'action';
    const action = this.#catalog.action(name);
    if (action === null)
      return this.#tell(path, [unknownAction(key, name, this.#catalog.actionNames)]);
    if ('wait' in item && action.impact !== 'read') {
      this.#problem(
        [...path, key],
        `${name} changes its target; only a read-only action can be awaited`,
        'use action: instead',
      );
    }
    if (this.#runbook.probes?.includes(item as Probe) === true && action.every === undefined) {
      this.#problem([...path, key], `${name} cannot be used as a probe`);
    }
    const on = 'on' in item ? item.on : undefined;
    if (typeof on === 'string') this.#texts([...path, 'on'], on, spot, null);
    else
      for (const [i, one] of (on ?? []).entries())
        this.#texts([...path, 'on', i], one, spot, { kind: 'string' });
    this.#target(path, item, action, spot);
    const written = ('input' in item ? item.input : undefined) ?? {};
    this.#tell([...path, 'input'], new InputChecker(action.input).check(written));
    const inside: Spot = { ...spot, secrets: true };
    this.#values([...path, 'input'], written, inside, shapeOf(action.input, 'input'));
    this.#tell([...path, 'input'], misplacedSecrets(written, action));
    for (const id of ('afterUndo' in item ? item.afterUndo : undefined) ?? []) {
      const after = this.#ids.all.get(id);
      if (after === undefined)
        this.#problem(
          [...path, 'afterUndo'],
          `unknown step '${id}'`,
          didYouMean(id, this.#ids.all.keys()),
        );
      else if (!('wait' in after) && !('action' in after && this.#comesLater(id, item.id)))
        this.#problem([...path, 'afterUndo'], `step '${id}' is neither a wait nor a later action`);
    }
  }

  #comesLater(id: string, than: string): boolean {
    const ids = [...this.#ids.all.keys()];
    return ids.indexOf(id) > ids.indexOf(than);
  }

  /** A step must have a target that its action can act on. */
  #target(path: Path, item: Step | Guard | Probe, action: AnyAction, spot: Spot): void {
    const on = 'on' in item ? item.on : undefined;
    const { inventory } = this.#catalog;
    for (const name of typeof on === 'string' ? [on] : (on ?? []))
      this.#targetName([...path, 'on'], name, true);
    if (on !== undefined || this.#runbook.target !== undefined || inventory === null) return;
    // Inside a fleet the item may be the target.
    if (spot.around !== undefined) return;
    const none = noTargetProblem(item.id, action, inventory);
    if (none !== null) this.#problem(path, none.message, none.hint);
  }

  #targetName(path: Path, name: string | undefined, groups = false): void {
    const found = targetProblem(name, this.#catalog.inventory, groups);
    if (found !== null) this.#problem(path, found.message, found.hint);
  }

  #restore(path: Path, id: string, spot: Spot): void {
    const source = this.#ids.all.get(id);
    const at = [...path, 'restore'];
    if (source === undefined)
      return this.#problem(at, `unknown step '${id}'`, didYouMean(id, this.#ids.all.keys()));
    if (spot.around?.has(id) === true)
      return this.#problem(at, `step '${id}' is not the item's own: it cannot put it back`);
    if (!spot.ended.has(id))
      return this.#problem(at, `step '${id}' comes later: there is nothing to put back yet`);
    const action = 'action' in source ? this.#catalog.action(source.action) : null;
    if (!('action' in source))
      return this.#problem(at, `step '${id}' changes nothing that could be put back`);
    if (action !== null && typeof action.undo !== 'function') {
      this.#problem(at, `step '${id}' (${action.name}) cannot be undone: ${action.undo}`);
    }
  }

  #call(path: Path, item: CallStep, spot: Spot): void {
    const input = ('input' in item ? item.input : undefined) ?? {};
    this.#values([...path, 'input'], input, spot);
    if (hasExpression(item.call)) return;
    this.#tell(path, callProblems(item.call, input, this.#runbook.name, this.#catalog));
  }

  /** Checks every expression in a value; `shape` is what the place expects, as far as known. */
  #values(path: Path, value: unknown, spot: Spot, shape: Shape | null = null): void {
    if (typeof value === 'string') return this.#texts(path, value, spot, shape);
    if (Array.isArray(value)) {
      const shell = shellTextProblem(value);
      if (shell !== null) this.#tell(path, [shell]);
      const of = shape?.kind === 'list' ? shape.of : null;
      for (const [i, item] of value.entries()) this.#values([...path, i], item, spot, of);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        const of =
          shape?.kind === 'object'
            ? (shape.fields[key] ?? null)
            : shape?.kind === 'map'
              ? shape.of
              : null;
        this.#values([...path, key], item, spot, of);
      }
    }
  }

  #texts(path: Path, text: unknown, spot: Spot, expected: Shape | null): void {
    if (typeof text !== 'string' || !hasExpression(text)) return;
    const visible = (reference: Reference): string | null =>
      unreachable(reference, text, spot, {
        runbook: this.#runbook,
        fleetOf: (id) => this.#ids.fleetOf.get(id),
        dataFile: (name) => this.#catalog.dataFile?.(name) ?? null,
      });
    for (const finding of this.#checker.check(text, visible, expected)) {
      this.#problem(path, finding.message, finding.hint, finding.offset);
    }
  }
}

/** Every problem of a runbook that already fits its schema. */
export function validateRunbook(source: Source, runbook: Runbook, catalog: Catalog): Problem[] {
  return new Validator(source, runbook, catalog).run();
}
