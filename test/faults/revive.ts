import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../../core/definition/places.js';
import { readJson } from '../../client/embedded/json-file.js';
import { projectStates, workerPlaces } from '../../client/embedded/places.js';
import { ensureWorker, type Spawned } from '../../client/embedded/worker.js';
import { system } from '../../worker/system.js';
import { cliPath, type Bench } from '../client/e2e/bench.js';

const packageFolder = resolve(cliPath, '../../..');

/**
 * Starts the worker of a bench again where it has died, by what the command line uses to that end, in this very
 * process: a command line costs as much as the worker.
 * @throws RunbookError `worker-unavailable`, such as where it was killed while it started.
 */
export async function revive({ env, state }: Bench): Promise<void> {
  const [projectState] = projectStates(state);
  if (projectState === undefined) return;
  const spawned = readJson(workerPlaces(projectState).spawned) as Spawned | null;
  if (spawned === null) return;
  const deps = {
    state,
    cache: cacheFolder({ ...system, environment: env }),
    projectState,
    package: packageFolder,
    environment: env,
    stamp: readFileSync(join(packageFolder, 'dist', 'build-stamp'), 'utf8').trim(),
    address: spawned.address,
    say: () => undefined,
  };
  await ensureWorker(deps, spawned.need);
}
