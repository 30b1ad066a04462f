import { isUtf8 } from 'node:buffer';
import { didYouMean } from '../../core/definition/nearest.js';
import type { SecretSource } from '../../core/definition/secrets.js';
import { milliseconds } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';
import { printed } from './command.js';
import { content } from './file.js';
import { maxBytes, type SourcePlace } from './place.js';

/** Shorter ones are found in every text: nothing could keep them out of the logs. */
const minLength = 4;

/** The secrets of a worker's project. Values are read when they are asked for, and kept nowhere. */
export interface SecretStore {
  readonly names: readonly string[];
  /**
   * Values by name.
   * @throws PermanentError `secret-unavailable`; the signal's reason
   */
  values(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

function unavailable(name: string, why: string, hint: string): PermanentError {
  return new PermanentError('secret-unavailable', `secret '${name}': ${why}`, { hint });
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

async function read(
  name: string,
  source: SecretSource,
  place: SourcePlace,
  signal: AbortSignal,
): Promise<string> {
  let bytes: Buffer;
  if ('env' in source) {
    const value = place.environment[source.env];
    if (value === undefined) {
      const why = `the environment variable ${source.env} is not set where the worker runs`;
      const hint = `set ${source.env} and start the worker again: runbook dev stop ends one of runbook's own`;
      throw unavailable(name, why, hint);
    }
    bytes = Buffer.from(value);
  } else if ('file' in source) {
    const found = await content(place.resolve(source.file));
    if ('why' in found) throw unavailable(name, found.why, found.hint);
    bytes = found.bytes;
  } else {
    const found = await printed(
      source.command,
      milliseconds(source.timeout ?? '10s'),
      place,
      signal,
    );
    if ('why' in found) {
      const line = source.command.join(' ');
      throw unavailable(name, found.why, `run it by hand, as the worker's user: ${line}`);
    }
    bytes = found.bytes;
  }
  const mend = "mend what it names under secrets: in the worker's runbook.yaml";
  if (bytes.length > maxBytes) throw unavailable(name, `it is longer than ${maxBytes} bytes`, mend);
  if (!isUtf8(bytes)) throw unavailable(name, 'it is not text (UTF-8)', mend);
  const text = bytes.toString('utf8');
  const keeps = 'keepNewline' in source && source.keepNewline === true;
  const value = keeps ? text : withoutNewline(text);
  if (value.trim().length < minLength) {
    const why = value.trim() === '' ? 'it is empty' : `it has fewer than ${minLength} characters`;
    throw unavailable(name, why, 'a shorter one could not be kept out of the logs');
  }
  return value;
}

/** The secrets that a project file names. */
export function createSecretStore(
  sources: Readonly<Record<string, SecretSource>>,
  place: SourcePlace,
): SecretStore {
  const names = Object.keys(sources).sort();
  return {
    names,
    values: async (wanted, signal) => {
      const found = [...new Set(wanted)].map(async (name) => {
        const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
        if (source === undefined) {
          const hint = didYouMean(name, names) ?? 'name it under secrets: in its runbook.yaml';
          throw unavailable(name, "the worker's project has no such secret", hint);
        }
        return [name, await read(name, source, place, signal)] as const;
      });
      return new Map(await Promise.all(found));
    },
  };
}
