import type { AnyAction } from '../action.js';
import type { Approvers } from '../run/approvers.js';
import { approvalProblems } from './approvals.js';
import { ExpressionChecker } from './expressions.js';
import { didYouMean } from './nearest.js';
import type { Inventory } from './inventory.js';
import type { Problem } from './problem.js';
import type {
  ApprovalStep,
  CallStep,
  ForEachStep,
  Guard,
  InputSpec,
  Lock,
  Probe,
  Runbook,
  Share,
  Step,
} from './runbook.js';
import { innerSteps } from '../run/kinds.js';
import { inOrder } from './schema.js';
import { fleetOutput, object, scopeShape, shapeOf, stepShape, type Shape } from './shape.js';
import type { Source } from './source.js';
import { hasExpression } from '../run/template.js';
import { secretName, secretsIn } from '../run/secrets.js';
import { InputChecker } from './input.js';
import { secretFields, takesSecret } from './secrets.js';

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

/** The most steps in one workflow: more would not fit into its record. */
export const maxSteps = 600;

type Path = readonly (string | number)[];

/** Where expressions stand, and which steps they may refer to. */
interface Spot {
  /** Ids of steps that have ended when this is evaluated. */
  readonly ended: ReadonlySet<string>;
  readonly scope: 'definition' | 'guard' | 'step' | 'end';
  /** True within the input of an action: the only place for secrets. */
  readonly secrets?: true;
  /** Inside a `forEach`: the steps that have ended before it, which are another run's. */
  readonly around?: ReadonlySet<string>;
}

/** Every text in a value that holds a word. */
function textsWith(word: string, value: unknown): string[] {
  if (typeof value === 'string') return value.includes(word) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item) => textsWith(word, item));
}

/** Checks one runbook beyond its schema: names, order, types, targets. */
class Validator {
  readonly #problems: Problem[] = [];
  readonly #all = new Map<string, Step | Guard | Probe>();
  /** The `forEach` that a step stands in, by ids. */
  readonly #fleetOf = new Map<string, string>();
  #checker = new ExpressionChecker(object({}));
  readonly #source: Source;
  readonly #runbook: Runbook;
  readonly #catalog: Catalog;

  constructor(source: Source, runbook: Runbook, catalog: Catalog) {
    this.#source = source;
    this.#runbook = runbook;
    this.#catalog = catalog;
  }

  run(): Problem[] {
    const runbook = this.#runbook;
    this.#collect();
    const texts = textsWith('steps', runbook);
    const scope = scopeShape(runbook, this.#stepShapes(), this.#catalog.secretNames);
    this.#checker = new ExpressionChecker(scope, (id) => texts.some((text) => text.includes(id)));
    const nothing: ReadonlySet<string> = new Set();
    const start: Spot = { ended: nothing, scope: 'definition' };
    for (const [name, input] of Object.entries(runbook.inputs ?? {}))
      this.#input(['inputs', name], input);
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

  /** Notes every id, and that none is used twice. */
  #collect(): void {
    let count = 0;
    const visit = (path: Path, item: Step | Guard | Probe, fleet?: string): void => {
      count += 1;
      if (fleet !== undefined) this.#fleetOf.set(item.id, fleet);
      if (this.#all.has(item.id))
        this.#problem([...path, 'id'], `the id '${item.id}' is used twice`);
      this.#all.set(item.id, item);
      const policy = 'onFailure' in item ? item.onFailure : undefined;
      if (path[0] === 'finally' && (policy === 'stop' || policy === 'undo')) {
        this.#problem(
          [...path, 'onFailure'],
          `at the end of a run there is nothing left to ${policy}`,
          'a step of finally can park or continue',
        );
      }
      const key = 'parallel' in item ? 'parallel' : 'steps';
      const inside = 'forEach' in item ? item.id : fleet;
      for (const [i, inner] of innerSteps(item).entries()) visit([...path, key, i], inner, inside);
      if (!('forEach' in item)) return;
      for (const [i, guard] of (item.health ?? []).entries()) visit([...path, 'health', i], guard);
      if (path[0] === 'finally')
        this.#problem(
          path,
          "a 'forEach' cannot stand in finally: a run that ends begins no others",
        );
    };
    const { probes = [], guards = [], steps, finally: last = [] } = this.#runbook;
    for (const [key, items] of Object.entries({ probes, guards, steps, finally: last })) {
      for (const [i, item] of items.entries()) visit([key, i], item);
    }
    if (count > maxSteps) {
      this.#problem(
        ['steps'],
        `${count} steps; a run holds at most ${maxSteps}`,
        'move some into a runbook that is called',
      );
    }
  }

  #stepShapes(): Record<string, Shape> {
    const shapes: Record<string, Shape> = {};
    for (const [id, item] of this.#all) {
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
    this.#waves([...path, 'waves'], step.waves ?? []);
    this.#steps([...path, 'steps'], step.steps, spot.ended, spot.ended);
  }

  /** Waves reach further and further, each in the same measure as the one before it, as far as can be told. */
  #waves(path: Path, waves: readonly Share[]): void {
    for (const [i, wave] of waves.entries()) {
      const before = waves[i - 1];
      if (before === undefined || typeof before !== typeof wave) continue;
      if (Number.parseInt(String(wave), 10) > Number.parseInt(String(before), 10)) continue;
      this.#problem(
        [...path, i],
        `a wave reaches further than the one before it: ${wave} does not after ${before}`,
        'waves tell how many items are through after each: [1, 25%, 100%]',
      );
    }
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
    for (const found of approvalProblems(item, this.#catalog.approvers ?? null))
      this.#problem([...path, ...found.path], found.message, found.hint);
  }

  #acting(path: Path, item: Step | Guard | Probe, name: string, spot: Spot): void {
    const key = 'wait' in item ? 'wait' : 'action';
    const action = this.#catalog.action(name);
    if (action === null) {
      this.#problem(
        [...path, key],
        `unknown action '${name}'`,
        didYouMean(name, this.#catalog.actionNames),
      );
      return;
    }
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
    this.#target(path, item, action, on, spot);
    const written = ('input' in item ? item.input : undefined) ?? {};
    const inputs = new InputChecker(action.input);
    for (const found of inputs.check(written)) {
      this.#problem([...path, 'input', ...found.path], found.message, found.hint);
    }
    const inside: Spot = { ...spot, secrets: true };
    this.#values([...path, 'input'], written, inside, shapeOf(action.input, 'input'));
    this.#secrets([...path, 'input'], written, action);
    for (const id of ('afterUndo' in item ? item.afterUndo : undefined) ?? []) {
      const after = this.#all.get(id);
      if (after === undefined)
        this.#problem(
          [...path, 'afterUndo'],
          `unknown step '${id}'`,
          didYouMean(id, this.#all.keys()),
        );
      else if (!('wait' in after) && !('action' in after && this.#comesLater(id, item.id)))
        this.#problem([...path, 'afterUndo'], `step '${id}' is neither a wait nor a later action`);
    }
  }

  #comesLater(id: string, than: string): boolean {
    const ids = [...this.#all.keys()];
    return ids.indexOf(id) > ids.indexOf(than);
  }

  /** A secret stands only where its action keeps it from being seen. */
  #secrets(path: Path, written: unknown, action: AnyAction): void {
    for (const { at } of secretsIn(written)) {
      if (at.length === 0 || takesSecret(action.input, at)) continue;
      const fields = secretFields(action.input);
      this.#problem(
        [...path, ...at],
        `${action.name} takes no secret here: it could be seen`,
        fields.length === 0 ? null : `it takes secrets in: ${fields.join(', ')}`,
      );
    }
  }

  /** A step must have a target that its action can act on. */
  #target(
    path: Path,
    item: Step | Guard | Probe,
    action: AnyAction,
    on: string | readonly string[] | undefined,
    { around }: Spot,
  ): void {
    const { inventory } = this.#catalog;
    for (const name of typeof on === 'string' ? [on] : (on ?? []))
      this.#targetName([...path, 'on'], name, true);
    if (on !== undefined || this.#runbook.target !== undefined || inventory === null) return;
    // Inside a fleet the item may be the target.
    if (around !== undefined) return;
    const clusters = Object.keys(inventory.clusters).length;
    if (action.on === 'cluster' && clusters !== 1) {
      this.#problem(
        path,
        `step '${item.id}' does not say which cluster ${action.name} acts on, and the inventory has ${clusters}`,
        "add 'on', or 'target' to the runbook",
      );
    }
  }

  #targetName(path: Path, name: string | undefined, groups = false): void {
    const { inventory } = this.#catalog;
    if (name === undefined || inventory === null || hasExpression(name)) return;
    const names = [
      ...Object.keys(inventory.hosts),
      ...Object.keys(inventory.clusters),
      ...(groups ? Object.keys(inventory.groups) : []),
    ];
    if (!names.includes(name))
      this.#problem(path, `unknown target '${name}'`, didYouMean(name, names));
  }

  #restore(path: Path, id: string, spot: Spot): void {
    const source = this.#all.get(id);
    const at = [...path, 'restore'];
    if (source === undefined)
      return this.#problem(at, `unknown step '${id}'`, didYouMean(id, this.#all.keys()));
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
    const callee = this.#catalog.runbook(item.call);
    if (callee === null) {
      return this.#problem(
        [...path, 'call'],
        `unknown runbook '${item.call}'`,
        didYouMean(item.call, this.#catalog.runbookNames),
      );
    }
    const specs = callee.inputs ?? {};
    for (const key of Object.keys(input)) {
      if (!(key in specs))
        this.#problem(
          [...path, 'input', key],
          `runbook '${item.call}' has no input '${key}'`,
          didYouMean(key, Object.keys(specs)),
        );
    }
    for (const [key, spec] of Object.entries(specs)) {
      if (!(key in input) && spec.optional !== true && spec.default === undefined) {
        this.#problem([...path, 'input'], `runbook '${item.call}' needs the input '${key}'`);
      }
    }
    const circle = this.#circle(item.call, [this.#runbook.name]);
    if (circle !== null)
      this.#problem(
        [...path, 'call'],
        `runbooks call each other in a circle: ${circle.join(' → ')}`,
      );
  }

  #circle(name: string, stack: readonly string[]): readonly string[] | null {
    if (stack.includes(name)) return [...stack, name];
    const callee = this.#catalog.runbook(name);
    if (callee === null || stack.length > 20) return null;
    const calls = (steps: readonly Step[]): string[] =>
      steps.flatMap((step) =>
        'call' in step && !hasExpression(step.call) ? [step.call] : calls(innerSteps(step)),
      );
    for (const next of calls([...callee.steps, ...(callee.finally ?? [])])) {
      const found = this.#circle(next, [...stack, name]);
      if (found !== null) return found;
    }
    return null;
  }

  #input(path: Path, spec: InputSpec): void {
    const { inventory } = this.#catalog;
    if (
      spec.type === 'target' &&
      spec.group !== undefined &&
      inventory !== null &&
      !Object.hasOwn(inventory.groups, spec.group)
    ) {
      this.#problem(
        [...path, 'group'],
        `unknown group '${spec.group}'`,
        didYouMean(spec.group, Object.keys(inventory.groups)),
      );
    }
    if (
      spec.type === 'string' &&
      spec.default !== undefined &&
      spec.enum !== undefined &&
      !spec.enum.includes(spec.default)
    ) {
      this.#problem(
        [...path, 'default'],
        `the default '${spec.default}' is not one of ${spec.enum.join(', ')}`,
      );
    }
  }

  /** Checks every expression in a value; `shape` is what the place expects, as far as known. */
  #values(path: Path, value: unknown, spot: Spot, shape: Shape | null = null): void {
    if (typeof value === 'string') return this.#texts(path, value, spot, shape);
    if (Array.isArray(value)) {
      this.#shellText(path, value);
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

  /** Values spliced into a shell's program text are the classic injection: refused. */
  #shellText(path: Path, list: readonly unknown[]): void {
    const [shell, ...rest] = list;
    if (typeof shell !== 'string' || !/(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(shell)) return;
    const at = rest.findIndex((word) => typeof word === 'string' && /^-[a-z]*c$/.test(word));
    const script = rest[at + 1];
    if (at >= 0 && typeof script === 'string' && hasExpression(script)) {
      this.#problem(
        [...path, at + 2],
        'an expression inside a shell program',
        `pass it as an argument: ["sh", "-c", "… \\"$1\\"", "step", "\${{ … }}"]`,
      );
    }
  }

  #texts(path: Path, text: unknown, spot: Spot, expected: Shape | null): void {
    if (typeof text !== 'string' || !hasExpression(text)) return;
    const visible = (used: readonly string[]): string | null => {
      const [root, id] = used;
      if (root === 'target' && spot.scope === 'definition') return "'target' is not known yet here";
      if (root === 'target' && this.#runbook.target === undefined && spot.scope !== 'step') {
        return "the runbook has no 'target'";
      }
      if (root === 'secrets') {
        return spot.secrets === true && secretName(text) !== null
          ? null
          : "a secret can only be the whole value of a field of an action's input";
      }
      if (root === 'files') {
        return id === undefined
          ? 'the name of a data file must stand here as it is: files["name.yaml"]'
          : (this.#catalog.dataFile?.(id) ?? null);
      }
      if (root === 'item') {
        return spot.around === undefined ? "'item' is known only inside a forEach" : null;
      }
      if (root !== 'steps' || id === undefined || spot.ended.has(id)) return null;
      const fleet = this.#fleetOf.get(id);
      if (fleet !== undefined && spot.ended.has(fleet)) {
        return `step '${id}' is done once per item; what came out of all is steps["${fleet}"].output`;
      }
      return `step '${id}' has not ended when this is evaluated`;
    };
    for (const finding of this.#checker.check(text, visible, expected)) {
      this.#problem(path, finding.message, finding.hint, finding.offset);
    }
  }
}

/** Every problem of a runbook that already fits its schema. */
export function validateRunbook(source: Source, runbook: Runbook, catalog: Catalog): Problem[] {
  return new Validator(source, runbook, catalog).run();
}
