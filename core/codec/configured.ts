import type { CodecSettings } from '../definition/codec.js';
import { filesOf, type System } from '../definition/places.js';
import { PermanentError } from '../errors.js';
import { parseKeys, type CodecKey } from './keys.js';

/** Environment variable with the keys: goes before what a project says. */
export const keysVariable = 'RUNBOOK_CODEC_KEYS';

function unavailable(why: string, hint: string): PermanentError {
  return new PermanentError('keys-unavailable', why, { hint });
}

/**
 * The keys that payloads are encrypted with; none where nothing is configured. `folder` is the project's.
 * @throws PermanentError `keys-unavailable`: what is configured and cannot be had is never left out
 */
export function configuredKeys(
  system: System,
  folder: string,
  settings: CodecSettings | undefined,
): CodecKey[] {
  const own = system.environment[keysVariable] ?? '';
  if (own !== '') return parseKeys(own, keysVariable);
  if (settings === undefined) return [];
  const { keys } = settings;
  if ('env' in keys) {
    const value = system.environment[keys.env] ?? '';
    if (value !== '') return parseKeys(value, keys.env);
    const why = `the environment variable ${keys.env} with the keys of the codec is not set`;
    throw unavailable(why, `set it, here and for the workers; or set ${keysVariable}`);
  }
  const files = filesOf(system);
  const path = files.resolve(folder, keys.file);
  const content = files.read(path);
  if (content === null) {
    throw unavailable(`there is no file ${path} with the keys of the codec`, 'put it there');
  }
  const mode = system.mode(path);
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw unavailable(`${path} has mode ${shown}: others may use it`, `chmod 600 ${path}`);
  }
  return parseKeys(content, path);
}
