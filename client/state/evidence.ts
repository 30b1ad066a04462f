import { join } from 'node:path';
import { evidenceSchema, type Evidence } from '../../core/evidence.js';
import { readJson, writeJson } from '../embedded/json-file.js';
import { commandsOf } from './commands.js';
import { archiveName } from './file-name.js';
import { logFiles, readLog } from './log-files.js';

interface Kept {
  readonly run: string;
  readonly evidence: Evidence;
}

function pathOf(state: string, run: string): string {
  return join(state, 'evidence', `${archiveName(run)}.json`);
}

/** Keeps the evidence of a run that was imported without its log. */
export function keepEvidence(state: string, run: string, evidence: Evidence): void {
  writeJson(pathOf(state, run), { run, evidence } satisfies Kept);
}

/** The commands of a run: from its log, or as they came with it where the log did not. */
export async function evidenceOf(state: string, run: string): Promise<Evidence> {
  if (logFiles(state, run).length === 0) {
    const kept = readJson(pathOf(state, run)) as Kept | null;
    const parsed = evidenceSchema.safeParse(kept?.evidence);
    if (kept?.run === run && parsed.success) return parsed.data;
  }
  const { commands, left } = await commandsOf(readLog(state, run));
  return { commands: [...commands], commandsLeftOut: left };
}
