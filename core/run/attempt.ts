import { milliseconds } from '../duration.js';
import { isObject, type JsonObject } from '../json.js';
import { isStepFailure, type VerbAnswer, type VerbRequest } from './engine.js';
import { fill } from './expression.js';
import { leasesOf } from './locks.js';
import { referencesIn } from './references.js';
import { failureOf, permanent, type Run, type Use } from './run.js';
import { fillInput, secretsIn } from './secrets.js';
import type { ActionFacts } from './program.js';

/** Transient failures are tried three times in all unless the step says otherwise. */
const defaults = { attempts: 3, interval: '1s', backoff: 2, maxInterval: '30s' };

function retryOf(use: Use): typeof defaults {
  const { definition } = use.indexed;
  const own = 'retry' in definition ? definition.retry : undefined;
  return {
    attempts: own?.attempts ?? defaults.attempts,
    interval: own?.interval ?? defaults.interval,
    backoff: own?.backoff ?? defaults.backoff,
    maxInterval: own?.maxInterval ?? defaults.maxInterval,
  };
}

/** Milliseconds of a definition's duration, which may be an expression. */
export function span(run: Run, use: Use, text: string): number {
  const filled = fill(text, run.scope(use.frame, use.target));
  return milliseconds(filled as string | number);
}

/** Input of a step as its runbook writes it. */
function writtenInput({ indexed: { definition } }: Use): unknown {
  return 'input' in definition ? definition.input : undefined;
}

/** Input of a step with its expressions evaluated, and with what a person edited. */
export function inputOf(run: Run, use: Use): JsonObject {
  const { input } = fillInput(writtenInput(use), run.scope(use.frame, use.target));
  return { ...input, ...run.edited[use.path] };
}

/** The secrets that the definition of a step puts into its input. */
function secretsOf(use: Use): Pick<VerbRequest, 'secrets'> {
  const secrets = secretsIn(writtenInput(use));
  return secrets.length === 0 ? {} : { secrets };
}

/** Input of a step that has begun a change: the very one that it was begun with. */
function begunInput(run: Run, use: Use): JsonObject {
  return run.begunWith[use.path] ?? inputOf(run, use);
}

/** Notes the input that a change is begun with, where a later look could find another one. */
export function noteInput(run: Run, use: Use, input: JsonObject): void {
  if (referencesIn(writtenInput(use)).some(([root]) => root === 'steps'))
    run.begunWith[use.path] = input;
}

/**
 * A request about what a step has changed already: by the input that it was begun with, whatever other
 * steps have become since.
 */
export function requestAbout(
  run: Run,
  use: Use,
  facts: ActionFacts,
  verb: VerbRequest['verb'],
  source: Use = use,
): VerbRequest {
  return request(run, use, facts, verb, source, begunInput(run, source));
}

/**
 * A request for a verb of an action. What is restored or undone is the step `source`; the timing is
 * that of the step at work, where it states one.
 */
export function request(
  run: Run,
  use: Use,
  facts: ActionFacts,
  verb: VerbRequest['verb'],
  source: Use = use,
  input: JsonObject = inputOf(run, source),
): VerbRequest {
  const timing = { ...timingOf(source), ...timingOf(use) };
  return {
    verb,
    path: use.path,
    title: run.step(use.path).title,
    action: facts.name,
    target: source.target ?? '',
    input,
    ...secretsOf(source),
    before: run.step(source.path).before,
    timeoutMs: timing.timeout === undefined ? facts.timeoutMs : span(run, use, timing.timeout),
    settle: {
      timeoutMs:
        timing.settle === undefined
          ? facts.settle.timeoutMs
          : span(run, use, timing.settle.timeout),
      everyMs:
        timing.settle?.every === undefined
          ? facts.settle.everyMs
          : span(run, use, timing.settle.every),
    },
    ...(verb === 'apply' || verb === 'undo' ? { under: leasesOf(run, use) } : {}),
  };
}

interface Timing {
  readonly timeout?: string;
  readonly settle?: { readonly timeout: string; readonly every?: string | undefined };
}

function timingOf(use: Use): Timing {
  const { definition } = use.indexed;
  const timeout = 'timeout' in definition ? definition.timeout : undefined;
  const settle = 'settle' in definition ? definition.settle : undefined;
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(settle === undefined ? {} : { settle }),
  };
}

/**
 * Runs `once` until it succeeds, fails for good, or has used up its attempts at transient failures.
 * Worker loss is not counted: it never shows here.
 */
export async function attempts<T>(run: Run, use: Use, once: () => Promise<T>): Promise<T> {
  const retry = retryOf(use);
  let pause = span(run, use, retry.interval);
  for (let attempt = 1; ; attempt += 1) {
    run.emit({ type: 'step-attempt', path: use.path, attempt, at: run.engine.now() });
    try {
      return await once();
    } catch (error) {
      if (run.engine.isCancellation(error)) throw error;
      if (!isStepFailure(error)) throw error;
      if (error.failure.class !== 'transient' || attempt >= retry.attempts) throw error;
      run.emit({ type: 'step-phase', path: use.path, phase: 'retrying', at: run.engine.now() });
      await run.engine.sleep(pause, `${use.path}: attempt ${attempt + 1} of ${retry.attempts}`);
      pause = Math.min(pause * retry.backoff, span(run, use, retry.maxInterval));
    }
  }
}

/** Notes what a check found. */
export function noteCheck(run: Run, path: string, answer: VerbAnswer): void {
  run.emit({
    type: 'step-checked',
    path,
    drift: answer.drift,
    before: answer.before,
    output: { ...answer.output } as Record<string, never>,
    resource: answer.resource,
  });
}

/** An edited input must fit the action's schema; the reason it does not, or null. */
export async function problemOfEdit(run: Run, use: Use, edit: JsonObject): Promise<string | null> {
  const { definition } = use.indexed;
  const action =
    'action' in definition ? definition.action : 'wait' in definition ? definition.wait : null;
  if (action === null) return 'this step has no input';
  if (!isObject(edit)) return 'an edited input is a map of input names to values';
  try {
    const problems = await run.engine.problemsOfInput(action, { ...inputOf(run, use), ...edit });
    return problems.length === 0
      ? null
      : `the edited input does not fit ${action}: ${problems.join('; ')}`;
  } catch (error) {
    if (run.engine.isCancellation(error)) throw error;
    return failureOf(error).message;
  }
}

/** The action of a step that acts. */
export function actionName(use: Use): string {
  const { definition } = use.indexed;
  if ('action' in definition) return definition.action;
  if ('wait' in definition) return definition.wait;
  throw permanent('internal', `step '${use.path}' names no action`);
}
