import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../embedded/json-file.js';
import { archiveName } from './file-name.js';

/** A run that was started from here and has not been seen to end. */
export interface OpenRun {
  readonly run: string;
  readonly runbook: string;
  readonly startedAt: string;
  /** Version of the embedded server that has it; null for a server of its own. */
  readonly server: string | null;
}

function folderOf(state: string): string {
  return join(state, 'open');
}

/** Remembers a run, before anything can be known of it from elsewhere. */
export function noteOpen(state: string, run: OpenRun): void {
  writeJson(join(folderOf(state), `${archiveName(run.run)}.json`), run);
}

/** Forgets runs: they have ended, or are given up. */
export function forgetOpen(state: string, run: string): void {
  rmSync(join(folderOf(state), `${archiveName(run)}.json`), { force: true });
}

/** Runs that were started from here and are not in the archive. Those that are, are forgotten. */
export function openRuns(state: string): OpenRun[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(state));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const open: OpenRun[] = [];
  for (const name of names) {
    const run = readJson(join(folderOf(state), name)) as OpenRun | null;
    if (run === null) continue;
    if (existsSync(join(state, 'archive', name))) forgetOpen(state, run.run);
    else open.push(run);
  }
  return open;
}
