import { parseAllDocuments } from 'yaml';
import { PermanentError } from '../errors.js';
import type { Json } from '../json.js';
import { referencesIn } from '../run/references.js';
import type { Files } from './loader.js';
import type { Runbook } from './runbook.js';

/** The most that the data files of one run may hold, bytes: they are fixed in its history. */
const maxBytes = 256 * 1024;

/** Names of the project's files that a runbook's expressions refer to: `${{ files["frr.conf"] }}`. */
export function dataFileNames(runbook: Runbook): string[] {
  const names = referencesIn(runbook).flatMap(([root, name]) =>
    root === 'files' && name !== undefined ? [name] : [],
  );
  return [...new Set(names)].sort();
}

/** Why a name is not that of a file inside the project's folder, or null. */
function problemOf(name: string): string | null {
  const inside = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(name);
  return inside && !name.split('/').some((part) => part === '.' || part === '..')
    ? null
    : 'is not the path of a file inside the project';
}

/** Documents of a YAML or JSON file: one as it is, several as a list. */
function documents(name: string, text: string): Json {
  const found = parseAllDocuments(text, { merge: false, version: '1.2', prettyErrors: true });
  if (!Array.isArray(found)) return null;
  const [error] = found.flatMap((document) => document.errors);
  if (error !== undefined) {
    throw new PermanentError('definition-invalid', `${name}: ${error.message.split('\n')[0] ?? ''}`);
  }
  const values = found.map((document) => document.toJS({ maxAliasCount: 50 }) as Json);
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}

/**
 * Contents of a project's data files by name: YAML and JSON as values, anything else as text.
 * @throws PermanentError `definition-invalid` where one is missing, outside of the project, broken or too large.
 */
export function loadDataFiles(
  files: Files,
  folder: string,
  names: readonly string[],
): Record<string, Json> {
  const found: Record<string, Json> = {};
  let bytes = 0;
  for (const name of names) {
    const wrong = problemOf(name);
    if (wrong !== null) throw new PermanentError('definition-invalid', `files["${name}"] ${wrong}`);
    const text = files.read(files.resolve(folder, name));
    if (text === null) {
      throw new PermanentError('definition-invalid', `files["${name}"]: there is no such file in ${folder}`);
    }
    bytes += new TextEncoder().encode(text).length;
    if (bytes > maxBytes) {
      throw new PermanentError('definition-invalid', `the data files of a runbook hold more than ${maxBytes} bytes`);
    }
    found[name] = /\.(?:ya?ml|json)$/.test(name) ? documents(name, text) : text;
  }
  return found;
}
