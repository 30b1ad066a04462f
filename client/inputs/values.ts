import { PermanentError } from '../../core/errors.js';

/** A value from the command line: as written, and as the value it stands for. */
export interface GivenValue {
  readonly text: string;
  readonly parsed: unknown;
}

/** JSON where it is JSON (`3`, `true`, `["a"]`), YAML's short form (`[a, b]`), else the text itself. */
export async function parsed(text: string): Promise<unknown> {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Plain words need no quotes; only lists and maps are worth a closer look.
    if (!/^[[{]/.test(text)) return text;
  }
  const { readValue } = await import('../../core/definition/write.js');
  return readValue(text) ?? text;
}

/** `name=value` pairs. @throws PermanentError `usage` */
export async function keyValues(
  pairs: readonly string[],
  flag: string,
): Promise<Record<string, GivenValue>> {
  const found: Record<string, GivenValue> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw new PermanentError('usage', `${flag} takes name=value, not '${pair}'`);
    }
    const text = pair.slice(at + 1);
    found[pair.slice(0, at)] = { text, parsed: await parsed(text) };
  }
  return found;
}

/** A number where the text is one, else the text: then the check of inputs says what is wrong. */
export function numberOr(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}
