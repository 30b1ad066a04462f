import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../core/record.js';
import { readJson } from '../embedded/json-file.js';
import { archiveName } from './file-name.js';

/** Records of runs that have ended, one file each: they outlive the server's memory. */
export interface Archive {
  /** The record of a run; null where it has not ended, or ended elsewhere. */
  find(run: string): RunRecord | null;
  /** Ids, the run that ended last first. */
  ids(): string[];
}

/** The archive in a state folder. */
export function openArchive(state: string): Archive {
  const folder = join(state, 'archive');
  return {
    find(run) {
      const record = readJson(join(folder, `${archiveName(run)}.json`)) as RunRecord | null;
      // Different ids may share a file name; the record says whose it is.
      return record?.run === run ? record : null;
    },
    ids() {
      let names: string[];
      try {
        names = readdirSync(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
      return (
        names
          // The runs of items are found through the run around them.
          .filter((name) => name.endsWith('.json') && !name.includes('%'))
          .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
          .toSorted((a, b) => b.at - a.at)
          .map(({ name }) => name.slice(0, -'.json'.length))
      );
    },
  };
}
