import type { Runbook } from '../core/definition/runbook.js';
import { PermanentError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';

/** Ids are part of file names and shell commands: nothing in them needs quotes. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** Checks an id or a name that a user has chosen. @throws PermanentError `usage` */
export function checkId(id: string, what = 'the id of a run'): string {
  if (idPattern.test(id) && id !== 'latest') return id;
  throw new PermanentError('usage', `'${id}' cannot be ${what}`, {
    hint: 'use letters, digits, . _ and -, at most 120',
  });
}

/** The input that tells runs of a runbook apart: its first target. */
function firstTarget(runbook: Runbook, inputs: JsonObject): string | null {
  for (const [name, spec] of Object.entries(runbook.inputs ?? {})) {
    if (spec.type !== 'target') continue;
    const value = inputs[name] ?? spec.default;
    if (typeof value === 'string') return value;
  }
  return null;
}

/** `node-maintenance-k8s-w0-20261123-`: the id of a run but for its number. */
export function idStem(runbook: Runbook, inputs: JsonObject, now: Date): string {
  const target = firstTarget(runbook, inputs);
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  const name = [runbook.name, ...(target === null ? [] : [target])].join('-').slice(0, 100);
  return `${name}-${day}-`;
}

/** The number after the highest one that is taken. */
export function nextNumber(stem: string, taken: Iterable<string>): number {
  let highest = 0;
  for (const id of taken) {
    const rest = id.startsWith(stem) ? id.slice(stem.length) : '';
    if (/^\d{1,6}$/.test(rest)) highest = Math.max(highest, Number(rest));
  }
  return highest + 1;
}
