import { createHash } from 'node:crypto';
import { formatProblem, type Problem } from '../core/definition/problem.js';
import type { Runbook } from '../core/definition/runbook.js';
import { namedActions } from '../core/run/named-actions.js';
import type { Source } from '../core/definition/source.js';
import { validateRunbook } from '../core/definition/validate.js';
import { resolveInputs } from '../core/definition/values.js';
import { PermanentError } from '../core/errors.js';
import { canonical, type Json, type JsonObject } from '../core/json.js';
import type { Plan } from '../core/record.js';
import type { ActionFacts, Callee, Inputs, Surroundings } from '../core/run/program.js';
import { secretsIn } from '../core/run/secrets.js';
import type { Catalog } from './catalog.js';

/** Runbooks that this worker can find by name. */
export interface Library {
  names(): readonly string[];
  /** Names of the secrets that runbooks may use; none where left out. */
  readonly secretNames?: readonly string[];
  /** @throws PermanentError `not-found`, `definition-invalid`. */
  load(name: string): Runbook;
  /** Contents of the data files that a runbook and its inputs refer to. @throws PermanentError `definition-invalid`. */
  files(runbook: Runbook, inputs: Inputs): Readonly<Record<string, Json>>;
}

/** What the resolution of a definition gives, fixed in the history of its run. */
export interface Resolved {
  readonly inputs: Inputs;
  readonly actions: Readonly<Record<string, ActionFacts>>;
}

/** A definition that came as JSON has no lines; problems name their path alone. */
function withoutPlaces(runbook: Runbook): Source {
  return {
    file: runbook.name,
    value: runbook,
    problem: (path, message, hint = null): Problem => ({
      file: runbook.name,
      line: 0,
      column: 0,
      path: path.join('.'),
      message,
      hint,
    }),
  };
}

/**
 * Checks a definition and its inputs against what this worker really has.
 * @throws PermanentError `definition-invalid` or `input-invalid`, with every problem.
 */
export function resolve(
  catalog: Catalog,
  library: Library,
  runbook: Runbook,
  inputs: JsonObject,
  around: Surroundings,
): Resolved {
  const problems = validateRunbook(withoutPlaces(runbook), runbook, {
    action: (name) => catalog.find(name),
    actionNames: catalog.names,
    runbook: (name) => (library.names().includes(name) ? library.load(name) : null),
    runbookNames: library.names(),
    secretNames: library.secretNames ?? [],
    inventory: around.inventory,
    ...(around.approvers === undefined ? {} : { approvers: around.approvers }),
  });
  if (problems.length > 0) {
    throw new PermanentError('definition-invalid', problems.map(formatProblem).join('\n'));
  }
  const resolved = resolveInputs(runbook, inputs, {
    inventory: around.inventory,
    runbookNames: library.names(),
  });
  if ('problems' in resolved)
    throw new PermanentError('input-invalid', resolved.problems.join('\n'));
  const actions = Object.fromEntries(
    [...namedActions(runbook)].map((name) => [name, catalog.facts(name)]),
  );
  return { inputs: resolved.inputs, actions };
}

/** Loads and resolves a runbook that a step calls. @throws as {@link resolve}, and `not-found`. */
export function callee(
  catalog: Catalog,
  library: Library,
  name: string,
  inputs: JsonObject,
  around: Surroundings,
): Callee {
  const runbook = library.load(name);
  const resolved = resolve(catalog, library, runbook, inputs, around);
  return { runbook, ...resolved, files: library.files(runbook, resolved.inputs) };
}

interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** True when one path lies on the way to the other. */
function related(a: Issue['path'], b: Issue['path']): boolean {
  const length = Math.min(a.length, b.length);
  return length > 0 && a.slice(0, length).every((key, i) => key === b[i]);
}

/** Problems of a value by an action's input or output schema, as text. */
export function problemsOf(
  catalog: Catalog,
  action: string,
  io: 'input' | 'output',
  value: JsonObject,
): readonly string[] {
  const result = catalog.get(action)[io].safeParse(value);
  if (result.success) return [];
  const issues: readonly Issue[] = result.error.issues;
  // A secret stands for a value that is not known here.
  const open = secretsIn(value).map(({ at }) => at);
  return issues
    .filter(({ path }) => !open.some((at) => related(at, path)))
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** What a plan's hash covers besides the plan itself. */
export interface PlanBasis {
  readonly definitionHash: string;
  readonly inventory: Surroundings['inventory'];
  readonly files: Surroundings['files'];
}

/** sha256, hex, of a value's canonical JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/**
 * Hash of a plan: definition, inputs, inventory, data files, and per step its path, target, kind and `before`.
 * Never the drift text: prose may change between two looks at the same thing.
 */
export function planHash(basis: PlanBasis, plan: Omit<Plan, 'hash' | 'at'>): string {
  return hashOf({
    ...basis,
    inputs: plan.inputs,
    steps: plan.steps.map(({ path, target, kind, before }) => ({ path, target, kind, before })),
  });
}
