import { rmSync } from 'node:fs';
import { readJson } from './json-file.js';
import { withLock } from './lock.js';
import { projectStates, serverPlaces } from './places.js';
import { stop } from './process.js';
import type { EmbeddedServer } from './server.js';
import { stopWorker } from './worker.js';

/** What was stopped. */
export interface Stopped {
  readonly workers: number;
  readonly server: boolean;
}

/** A server that does not end within this has lost its way, ms; it usually takes one second. */
const serverGraceMs = 15_000;

/** Stops all workers of a state folder, then its server. Runs stay where they are, and go on with the next start. */
export async function stopEverything(state: string): Promise<Stopped> {
  const results = await Promise.all(projectStates(state).map((project) => stopWorker(project)));
  const places = serverPlaces(state);
  const server = await withLock(places.lock, async () => {
    const known = readJson(places.status) as EmbeddedServer | null;
    if (known === null) return false;
    const how = await stop(known.process, serverGraceMs);
    rmSync(places.status, { force: true });
    return how === 'gone' || how === 'killed';
  });
  return { workers: results.filter(Boolean).length, server };
}
