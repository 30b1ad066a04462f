import { rmSync } from 'node:fs';
import { readJson, writeJson } from './json-file.js';
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

async function stopWorkers(state: string): Promise<number> {
  const results = await Promise.all(projectStates(state).map((project) => stopWorker(project)));
  return results.filter(Boolean).length;
}

/**
 * Stops all workers of a state folder, then its server. Runs stay where they are, and go on with the next
 * start. Whoever follows one sees from the first moment that it is on purpose, and starts nothing again.
 */
export async function stopEverything(state: string): Promise<Stopped> {
  const places = serverPlaces(state);
  return withLock(places.lock, async () => {
    const known = readJson(places.status) as EmbeddedServer | null;
    if (known !== null) writeJson(places.status, { ...known, stopping: true });
    const workers = await stopWorkers(state);
    if (known === null) return { workers, server: false };
    const how = await stop(known.process, serverGraceMs);
    // One that somebody was starting all this while would be left without a server.
    const late = await stopWorkers(state);
    rmSync(places.status, { force: true });
    return { workers: workers + late, server: how === 'gone' || how === 'killed' };
  });
}
