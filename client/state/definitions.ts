import { join } from 'node:path';
import type { Runbook } from '../../core/definition/runbook.js';
import { isObject, type JsonObject } from '../../core/json.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import { definitionHash } from '../server/request.js';

function pathOf(state: string, hash: string): string {
  return join(state, 'definitions', `${hash}.json`);
}

/** Keeps a definition under its hash, so that a run can be told with what it ran when the file has long changed. */
export function keepDefinition(state: string, runbook: Runbook | JsonObject): void {
  const hash = definitionHash(runbook);
  if (findDefinition(state, hash) === null) writeJson(pathOf(state, hash), runbook);
}

/** The definition of this hash; null where it is not kept here. */
export function findDefinition(state: string, hash: string): JsonObject | null {
  if (!/^[0-9a-f]{64}$/.test(hash)) return null;
  const found = readJson(pathOf(state, hash));
  return isObject(found) && definitionHash(found) === hash ? found : null;
}
