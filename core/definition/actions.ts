import type { AnyAction } from '../action.js';
import { isObject } from '../json.js';
import { InputChecker } from './input.js';
import { didYouMean } from './nearest.js';
import type { Problem, ProblemBelow } from './problem.js';
import type { Source } from './source.js';

/** Below a step: there is no action of the name under one of its keys. */
export function unknownAction(key: string, name: string, names: readonly string[]): ProblemBelow {
  return { path: [key], message: `unknown action '${name}'`, hint: didYouMean(name, names) };
}

/** What is wrong with the action of one step, whatever else is in it. */
function ofStep(
  step: Readonly<Record<string, unknown>>,
  actions: ReadonlyMap<string, AnyAction>,
): ProblemBelow[] {
  const key = 'wait' in step ? 'wait' : 'action';
  const { [key]: name, input = {} } = step;
  if (typeof name !== 'string') return [];
  const action = actions.get(name);
  if (action === undefined) return [unknownAction(key, name, [...actions.keys()])];
  if (!isObject(input)) return [];
  return new InputChecker(action.input)
    .check(input)
    .map((found) => ({ ...found, path: ['input', ...found.path] }));
}

const groups = ['probes', 'guards', 'steps', 'finally', 'parallel', 'health'] as const;

/**
 * What is wrong with the actions in a file that does not fit the schema of a runbook, each step by itself. Nothing is said
 * of what hangs together, such as ids and expressions: a step that nobody can read would make that wrong, too.
 */
export function actionProblems(source: Source, actions: ReadonlyMap<string, AnyAction>): Problem[] {
  const problems: Problem[] = [];
  const visit = (path: readonly (string | number)[], item: unknown): void => {
    if (!isObject(item)) return;
    for (const { path: below, message, hint } of path.length === 0 ? [] : ofStep(item, actions))
      problems.push(source.problem([...path, ...below], message, hint));
    for (const group of groups) {
      const { [group]: inner } = item;
      if (!Array.isArray(inner)) continue;
      for (const [at, one] of inner.entries()) visit([...path, group, at], one);
    }
  };
  visit([], source.value);
  return problems;
}
