import { parseAllDocuments } from 'yaml';
import { PermanentError } from '../errors.js';
import type { Json, JsonObject } from '../json.js';
import { referencesIn } from '../run/references.js';
import type { Files } from './loader.js';
import type { Runbook } from './runbook.js';
import { tooDeep } from './depth.js';

/** The most that the data files of one run may hold, bytes: they are fixed in its history. */
const maxBytes = 256 * 1024;
/** Levels of brackets; those of texts inside a file, which nobody has to close, are counted too. */
const maxDepth = 300;

/**
 * Names of the project's files that a runbook's expressions refer to: `${{ files["frr.conf"] }}`, and
 * those that its inputs of type file name.
 */
export function dataFileNames(runbook: Runbook, inputs: JsonObject): string[] {
  const names = referencesIn(runbook).flatMap(([root, name]) =>
    root === 'files' && name !== undefined ? [name] : [],
  );
  for (const [key, spec] of Object.entries(runbook.inputs ?? {})) {
    const name = spec.type === 'file' ? (inputs[key] ?? spec.default) : undefined;
    if (typeof name === 'string') names.push(name);
  }
  return [...new Set(names)].sort();
}

function isInside(name: string): boolean {
  return (
    /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(name) &&
    !name.split('/').some((part) => part === '.' || part === '..')
  );
}

function invalid(message: string): PermanentError {
  return new PermanentError('definition-invalid', message);
}

/** Documents of a YAML or JSON file: one as it is, several as a list. @throws PermanentError `definition-invalid`. */
function documents(name: string, text: string): Json {
  if (tooDeep(text, maxDepth) !== null) {
    throw invalid(`${name}: it is nested deeper than ${maxDepth} levels`);
  }
  try {
    const found = [
      ...parseAllDocuments(text, { merge: false, version: '1.2', prettyErrors: true }),
    ];
    const [error] = found.flatMap((document) => document.errors);
    if (error !== undefined) throw error;
    const values = found.map((document) => document.toJS({ maxAliasCount: 50 }) as Json);
    const [only = null] = values;
    return values.length > 1 ? values : only;
  } catch (error) {
    // Also too many aliases.
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`${name}: ${why.split('\n')[0] ?? ''}`);
  }
}

/** Contents of one file: of YAML and JSON the value, of anything else the text. */
function load(files: Files, folder: string, name: string): { value: Json; bytes: number } {
  if (!isInside(name)) throw invalid(`'${name}' is not the path of a file inside the project`);
  const text = files.read(files.resolve(folder, name));
  if (text === null) throw invalid(`there is no file '${name}' in ${folder}`);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes) {
    throw invalid(`${name} holds ${bytes} bytes; the data files of a run hold at most ${maxBytes}`);
  }
  return { value: /\.(?:ya?ml|json)$/.test(name) ? documents(name, text) : text, bytes };
}

/** Why a data file of a project cannot be used, or null. */
export function dataFileProblem(files: Files, folder: string, name: string): string | null {
  try {
    load(files, folder, name);
    return null;
  } catch (error) {
    if (error instanceof PermanentError) return error.message;
    throw error;
  }
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
  let total = 0;
  for (const name of names) {
    const { value, bytes } = load(files, folder, name);
    total += bytes;
    if (total > maxBytes) {
      throw invalid(
        `the data files of a runbook hold more than ${maxBytes} bytes (${name} is over it)`,
      );
    }
    found[name] = value;
  }
  return found;
}
