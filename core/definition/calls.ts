import { innerSteps } from '../run/kinds.js';
import { hasExpression } from '../run/template.js';
import type { ProblemBelow } from './problem.js';
import { didYouMean } from './nearest.js';
import type { Runbook, Step } from './runbook.js';

/** Where runbooks that are called are found. */
interface Callable {
  runbook(name: string): Runbook | null;
  readonly runbookNames: readonly string[];
}

/** Names along which runbooks call each other in a circle; null where they do not. */
function circle(
  name: string,
  stack: readonly string[],
  runbook: Callable['runbook'],
): readonly string[] | null {
  if (stack.includes(name)) return [...stack, name];
  const callee = runbook(name);
  if (callee === null || stack.length > 20) return null;
  const calls = (steps: readonly Step[]): string[] =>
    steps.flatMap((step) =>
      'call' in step && !hasExpression(step.call) ? [step.call] : calls(innerSteps(step)),
    );
  for (const next of calls([...callee.steps, ...(callee.finally ?? [])])) {
    const found = circle(next, [...stack, name], runbook);
    if (found !== null) return found;
  }
  return null;
}

/** What is wrong with a call by name of another runbook, below the step that `caller` makes it in. */
export function callProblems(
  call: string,
  input: Readonly<Record<string, unknown>>,
  caller: string,
  callable: Callable,
): ProblemBelow[] {
  const callee = callable.runbook(call);
  if (callee === null) {
    const hint = didYouMean(call, callable.runbookNames);
    return [{ path: ['call'], message: `unknown runbook '${call}'`, hint }];
  }
  const found: ProblemBelow[] = [];
  const specs = callee.inputs ?? {};
  for (const key of Object.keys(input)) {
    if (key in specs) continue;
    const message = `runbook '${call}' has no input '${key}'`;
    found.push({ path: ['input', key], message, hint: didYouMean(key, Object.keys(specs)) });
  }
  for (const [key, spec] of Object.entries(specs)) {
    if (key in input || spec.optional === true || spec.default !== undefined) continue;
    const message = `runbook '${call}' needs the input '${key}'`;
    found.push({ path: ['input'], message, hint: null });
  }
  const names = circle(call, [caller], (other) => callable.runbook(other));
  if (names !== null) {
    const message = `runbooks call each other in a circle: ${names.join(' → ')}`;
    found.push({ path: ['call'], message, hint: null });
  }
  return found;
}
