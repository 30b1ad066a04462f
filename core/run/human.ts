import type { ApprovalStep, ManualStep } from '../definition/runbook.js';
import { span } from './attempt.js';
import type { Letter } from './control.js';
import { fill } from './expression.js';
import type { DecisionVerb } from './outcome.js';
import { ask } from './people.js';
import { wholeExpression } from './template.js';
import { permanent, type Run, type Use } from './run.js';
import type { Ended } from './act.js';

function message(run: Run, use: Use, text: string): string {
  return String(fill(text, run.scope(use.frame, use.target)));
}

function limit(run: Run, use: Use, timeout: string | undefined): { timeoutMs?: number } {
  if (timeout === undefined) return {};
  // A limit that is an optional input, left out: then nothing but a person decides.
  const input = /^inputs\.(\w+)$/.exec(wholeExpression(timeout) ?? '')?.[1];
  if (input !== undefined && !(input in use.frame.inputs)) return {};
  return { timeoutMs: span(run, use, timeout) };
}

/** Asks people, and answers their letter; null when the time was up. */
async function asked(
  run: Run,
  use: Use,
  kind: 'approval' | 'manual',
  text: string,
  verbs: readonly DecisionVerb[],
): Promise<Letter | null> {
  const { timeout } = use.indexed.definition as ApprovalStep | ManualStep;
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
  return ask(
    run,
    {
      path: use.path,
      kind,
      message: message(run, use, text),
      verbs: [...verbs, 'undo', 'cancel'],
      ...limit(run, use, timeout),
    },
    async () => null,
  );
}

/** Waits for an approval; `again`: why it is asked for once more. A rejection fails the step for good. */
export async function approval(run: Run, use: Use, again: string | null = null): Promise<Ended> {
  const definition = use.indexed.definition as ApprovalStep;
  const text =
    again === null ? definition.approval : `${definition.approval} (asked again: ${again})`;
  const letter = await asked(run, use, 'approval', text, ['approve', 'reject']);
  if (letter === null) {
    if (definition.onTimeout === 'approve') {
      return {
        outcome: 'confirmed',
        note: 'nobody answered in time: approved, as the runbook says',
      };
    }
    throw permanent('rejected', 'nobody answered in time: rejected, as the runbook says');
  }
  const { verb, by, reason } = letter.decision;
  const why = reason === '' ? '' : `: ${reason}`;
  if (verb === 'reject') throw permanent('rejected', `rejected by ${by}${why}`);
  return { outcome: 'confirmed', note: `approved by ${by}${why}` };
}

/** Waits until a person has done something and says so. */
export async function manual(run: Run, use: Use): Promise<Ended> {
  const definition = use.indexed.definition as ManualStep;
  const letter = await asked(run, use, 'manual', definition.manual, ['confirm', 'skip']);
  if (letter === null) {
    if (definition.onTimeout === 'continue') {
      return { outcome: 'skipped', note: 'the time was up: going on, as the runbook says' };
    }
    throw permanent('step-timeout', 'nobody confirmed in time');
  }
  const { verb, by, reason, outputs } = letter.decision;
  const output = outputs === undefined ? {} : { output: { ...outputs } as Record<string, never> };
  return verb === 'skip'
    ? { outcome: 'skipped', note: `skipped by ${by}: ${reason}`, ...output }
    : { outcome: 'confirmed', note: `confirmed by ${by}: ${reason}`, ...output };
}
