import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { acceptedFileSchema, type Accepted } from '../../core/drift/accepted.js';
import { driftHistorySchema, type DriftHistory } from '../../core/drift/history.js';
import { acceptedFile, driftFolder } from '../../core/drift/places.js';
import { readJson, writeJson } from '../embedded/json-file.js';

/** What is remembered of acceptances whose time is over, ms. */
const overMs = 30 * 24 * 3600 * 1000;

/** What is kept of the drift of a project on this machine. */
export interface DriftState {
  /** By runbook, then by inputs. */
  histories(): DriftHistory[];
  accepted(): Accepted[];
  /** Puts other acceptances in the place of those that there are; long past ones are dropped. */
  accept(accepted: readonly Accepted[]): void;
}

/** The drift of a project, by its id, in a state folder. */
export function openDrift(state: string, project: string): DriftState {
  const folder = join(state, driftFolder, project);
  const file = join(folder, acceptedFile);
  return {
    histories() {
      let names: string[];
      try {
        names = readdirSync(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
      return names
        .filter((name) => name.endsWith('.json') && name !== acceptedFile)
        .sort()
        .flatMap((name) => driftHistorySchema.safeParse(readJson(join(folder, name))).data ?? []);
    },
    accepted: () => acceptedFileSchema.safeParse(readJson(file)).data?.accepted ?? [],
    accept(accepted) {
      const since = Date.now() - overMs;
      const kept = accepted.filter(({ until }) => Date.parse(until) > since);
      writeJson(file, { version: 1, accepted: kept });
    },
  };
}
