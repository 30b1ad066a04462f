import { fileName } from '../file-name.js';
import { canonical, type JsonObject } from '../json.js';

/** Folder of what is kept of drift, inside of the state folder. */
export const driftFolder = 'drift';

/** File with the drift that people have accepted, in the folder of a project. */
export const acceptedFile = 'accepted.json';

/** The same for every check of a runbook with these inputs, and for no other. */
export function seriesOf(inputs: JsonObject, sha256: (text: string) => string): string {
  return sha256(canonical(inputs)).slice(0, 16);
}

/** File with the history of drift of a runbook with these inputs, in the folder of a project. */
export function historyFile(
  runbook: string,
  inputs: JsonObject,
  sha256: (text: string) => string,
): string {
  return `${fileName(runbook, sha256)}.${seriesOf(inputs, sha256)}.json`;
}
