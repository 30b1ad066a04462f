import type { Guard, Step } from '../definition/runbook.js';
import type { Failure } from '../record.js';
import { put, unknown, type Draft, type Line } from './draft.js';
import type { Engine, Looked, VerbAnswer, VerbRequest } from './engine.js';
import type { Scope } from './expression.js';
import { actionOf, findTarget, scopeOf, targetsOf, titleOf, type Frame } from './frame.js';
import type { ActionFacts } from './program.js';
import { pendingStep } from './reduce.js';
import { failureOf } from './run.js';
import { fillInput } from './secrets.js';

/** Looks at a step that has an action on each of its targets, and writes down what was seen. */
export async function planAction(
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
  const sights = sightsOf(draft, frame, definition, facts, scope);
  const requests = sights.flatMap(({ path, look }) =>
    'verb' in look && !draft.seen.has(path) ? [look] : [],
  );
  await see(draft, requests);
  // Written down in the order of the targets, not of the answers: the hash depends on it.
  for (const { target, path, look } of sights) {
    const line = 'verb' in look ? lineOf(draft, path) : look;
    note(draft, frame, definition, facts, { target, path, answer: line });
  }
}

/** What there is to see of a step on one target: a check to be made, or a line that is known without. */
interface Sight {
  readonly target: string;
  readonly path: string;
  readonly look: VerbRequest | Line;
}

/** What there is to see of a step on each of its targets. @throws PermanentError `target-unknown`, `expression-failed`. */
export function sightsOf(
  draft: Draft,
  frame: Frame,
  definition: Step | Guard,
  facts: ActionFacts,
  scope: Scope,
): Sight[] {
  const { names, list } = targetsOf(draft.program, frame, definition, facts, scope);
  return names.map((target) => prepare(draft, frame, definition, facts, target, list));
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

/** Makes checks all at once, for the lines of their steps. @throws a cancellation. */
export async function see(draft: Draft, requests: readonly VerbRequest[]): Promise<void> {
  if (requests.length === 0) return;
  const answers = await looks(draft.engine, requests);
  requests.forEach(({ path }, at) => {
    const answer = answers[at];
    if (answer !== undefined) draft.seen.set(path, answer);
  });
}

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

function lineOf(draft: Draft, path: string): VerbAnswer | Line {
  const looked = draft.seen.get(path);
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
