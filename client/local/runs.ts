import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { archiveName } from '../../core/file-name.js';
import { localFolder, localPlaces, type LocalRun } from '../../core/local.js';
import { readJson } from '../embedded/json-file.js';

/** A run without a server that was begun here and has not ended; null where there is none. */
export function localRun(state: string, run: string): LocalRun | null {
  const { about, journal } = localPlaces(state, run);
  const found = readJson(about) as LocalRun | null;
  // Different ids may share a folder's name; the file says whose it is.
  if (found?.run !== run || !existsSync(journal)) return null;
  return existsSync(join(state, 'archive', `${archiveName(run)}.json`)) ? null : found;
}

/** Runs without a server that have not ended, the one that began last first. */
export function localRuns(state: string): LocalRun[] {
  let names: string[];
  try {
    names = readdirSync(localFolder(state));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .map((name) => readJson(join(localFolder(state), name, 'run.json')) as LocalRun | null)
    .flatMap((found) => (found === null ? [] : (localRun(state, found.run) ?? [])))
    .toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
}

/** Ids that runs without a server have had, ended ones included. */
export function localIds(state: string): string[] {
  try {
    return readdirSync(localFolder(state));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
