import type { ManualStep } from '../definition/runbook.js';
import { span } from './attempt.js';
import { fill } from './expression.js';
import { ask } from './people.js';
import { wholeExpression } from './template.js';
import { permanent, type Run, type Use } from './run.js';
import type { Ended } from './act.js';

/** What people are told, with its expressions evaluated. */
export function message(run: Run, use: Use, text: string): string {
  return String(fill(text, run.scope(use.frame, use.target)));
}

/** How long people have; no limit where the definition names none, or an input that was left out. */
export function limit(run: Run, use: Use, timeout: string | undefined): { timeoutMs?: number } {
  if (timeout === undefined) return {};
  // A limit that is an optional input, left out: then nothing but a person decides.
  const input = /^inputs\.(\w+)$/.exec(wholeExpression(timeout) ?? '')?.[1];
  if (input !== undefined && !(input in use.frame.inputs)) return {};
  return { timeoutMs: span(run, use, timeout) };
}

/** Waits until a person has done something and says so. */
export async function manual(run: Run, use: Use): Promise<Ended> {
  const definition = use.indexed.definition as ManualStep;
  run.emit({ type: 'step-phase', path: use.path, phase: 'waiting', at: run.engine.now() });
  const letter = await ask(
    run,
    {
      path: use.path,
      kind: 'manual',
      message: message(run, use, definition.manual),
      verbs: ['confirm', 'skip', 'undo', 'cancel'],
      ...limit(run, use, definition.timeout),
    },
    async () => null,
  );
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
