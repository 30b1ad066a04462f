import { PermanentError } from '../../core/errors.js';
import { isObject, sameJson, type Json } from '../../core/json.js';
import type { VerbAnswer } from '../../core/run/engine.js';
import type { Pulse } from '../../core/run/request.js';
import type { Redactor } from '../log/redact.js';

function veiled<T extends Json | undefined>(value: T, redactor: Redactor): T {
  if (typeof value === 'string') return redactor.text(value) as T;
  if (Array.isArray(value)) return value.map((item: Json) => veiled(item, redactor)) as Json as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactor.text(key), veiled(item, redactor)]),
  ) as Json as T;
}

/**
 * What an action answered, without secrets. Its `before` must hold none from the start: undo could not
 * put back what is not written down.
 * @throws PermanentError `secret-exposed`
 */
export function veilAnswer(action: string, answer: VerbAnswer, redactor: Redactor): VerbAnswer {
  if (!sameJson(answer.before, veiled(answer.before, redactor))) {
    throw new PermanentError(
      'secret-exposed',
      `${action}: the state found holds a secret of its input, and would stay in the history`,
      {
        hint: 'let its check print no secret, or give the step another that keeps it on the target',
      },
    );
  }
  const { drift, output, resource, probe } = answer;
  const show = (text: string | null): string | null => (text === null ? null : redactor.text(text));
  return {
    ...answer,
    drift: show(drift),
    output: veiled(output, redactor),
    resource: show(resource),
    ...(probe === undefined ? {} : { probe: { ...probe, lastFailure: show(probe.lastFailure) } }),
  };
}

/** What a heartbeat tells, without secrets. */
export function veilPulse(pulse: Pulse, redactor: Redactor): Pulse {
  return veiled(pulse as unknown as Json, redactor) as unknown as Pulse;
}

/** Texts of an error that leave the worker, or are logged there. */
const texts = ['message', 'stack', 'hint'] as const;

/** Takes secrets out of an error and of its causes. */
export function veilError(error: unknown, redactor: Redactor): void {
  let here = error;
  for (let depth = 0; typeof here === 'object' && here !== null && depth < 10; depth += 1) {
    const told = here as { [name in (typeof texts)[number] | 'cause']?: unknown };
    for (const name of texts) {
      const text = told[name];
      // Written only where it changes: not every error lets itself be written.
      if (typeof text !== 'string') continue;
      const shown = redactor.text(text);
      if (shown !== text) Object.defineProperty(here, name, { value: shown, configurable: true });
    }
    here = told.cause;
  }
}
