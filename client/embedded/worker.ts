import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunbookError } from '../../core/errors.js';
import { canonical } from '../../core/json.js';
import { readJson, writeJson } from './json-file.js';
import { withLock } from './lock.js';
import { embeddedNamespace } from './namespace.js';
import { projectStates, workerPlaces, type WorkerPlaces } from './places.js';
import { isRunning, mark, stop, type ProcessMark } from './process.js';
import { lastWords, startInBackground } from './spawn.js';

/** What a worker says of itself when it is ready. */
export interface WorkerStatus {
  readonly pid: number;
  readonly taskQueue: string;
  /** Build that it runs. */
  readonly stamp: string;
  readonly startedAt: string;
}

/** What a worker is to serve. */
export interface WorkerNeed {
  /** Folder of the project. */
  readonly project: string;
  readonly taskQueue: string;
  /** What it loads when it starts, and would have to be started again for. */
  readonly loaded: unknown;
}

/** How a worker was started: what is needed to start it again. */
export interface Spawned {
  readonly process: ProcessMark;
  readonly need: WorkerNeed;
  readonly address: string;
}

/** A worker that runs. */
export interface RunningWorker {
  readonly process: ProcessMark;
  readonly taskQueue: string;
  readonly project: string;
}

/** What starting a worker needs. */
export interface WorkerDeps {
  readonly state: string;
  readonly cache: string;
  /** State folder of the project. */
  readonly projectState: string;
  /** Folder of the package. */
  readonly package: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Mark of the present build. */
  readonly stamp: string;
  /** Address of the server. */
  readonly address: string;
  say(text: string): void;
}

/** Time that a worker is given to end the work in hand, ms: more than its own limit of 20 s. */
const graceMs = 25_000;
/** Time until a worker must have said that it is ready, ms. */
const readyMs = 30_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The worker of a project; null where none runs. */
export function runningWorker(projectState: string): RunningWorker | null {
  const places = workerPlaces(projectState);
  const spawned = readJson(places.spawned) as Spawned | null;
  const status = readJson(places.status) as WorkerStatus | null;
  if (spawned === null || status === null || status.pid !== spawned.process.pid) return null;
  if (!isRunning(spawned.process)) return null;
  return {
    process: spawned.process,
    taskQueue: status.taskQueue,
    project: spawned.need.project,
  };
}

/** State folder of the project whose worker serves a task queue, also where it runs no more. */
export function projectOfQueue(
  state: string,
  taskQueue: string,
): { readonly projectState: string; readonly need: WorkerNeed } | null {
  for (const projectState of projectStates(state)) {
    const spawned = readJson(workerPlaces(projectState).spawned) as Spawned | null;
    if (spawned?.need.taskQueue === taskQueue) return { projectState, need: spawned.need };
  }
  return null;
}

/** Everything that a worker would have to be started again for, as one hash. */
export function needHash(need: WorkerNeed, stamp: string, address: string): string {
  return createHash('sha256').update(canonical({ need, stamp, address })).digest('hex');
}

function isGood(deps: WorkerDeps, need: WorkerNeed, places: WorkerPlaces): RunningWorker | null {
  const running = runningWorker(deps.projectState);
  if (running === null) return null;
  const status = readJson(places.status) as WorkerStatus | null;
  const spawned = readJson(places.spawned) as Spawned | null;
  if (status === null || spawned === null) return null;
  const has = needHash(spawned.need, status.stamp, spawned.address);
  return has === needHash(need, deps.stamp, deps.address) ? running : null;
}

/**
 * The worker of a project, started where none runs, and anew where it runs an old build or has loaded
 * files that have changed since.
 * @throws RunbookError `worker-unavailable`.
 */
export async function ensureWorker(deps: WorkerDeps, need: WorkerNeed): Promise<RunningWorker> {
  const places = workerPlaces(deps.projectState);
  const good = isGood(deps, need, places);
  if (good !== null) return good;
  return withLock(places.lock, async () => {
    const meanwhile = isGood(deps, need, places);
    if (meanwhile !== null) return meanwhile;
    const old = readJson(places.spawned) as Spawned | null;
    if (old !== null && isRunning(old.process)) {
      deps.say('restarting the worker: the build or the project has changed');
      await stop(old.process, graceMs);
    }
    return start(deps, need, places);
  });
}

async function start(
  deps: WorkerDeps,
  need: WorkerNeed,
  places: WorkerPlaces,
): Promise<RunningWorker> {
  deps.say('starting the worker');
  mkdirSync(need.project, { recursive: true });
  const background = startInBackground(
    process.execPath,
    [
      join(deps.package, 'dist', 'worker', 'main.js'),
      '--project',
      need.project,
      '--status',
      places.status,
    ],
    { log: places.log, cwd: need.project, env: workerEnvironment(deps) },
  );
  const began = background.process;
  if (began !== null) {
    const spawned: Spawned = { process: began, need, address: deps.address };
    writeJson(places.spawned, spawned);
    const end = Date.now() + readyMs;
    while (background.ended() === null && Date.now() < end) {
      const status = readJson(places.status) as WorkerStatus | null;
      if (status?.pid === began.pid)
        return { process: began, taskQueue: status.taskQueue, project: need.project };
      await pause(20);
    }
    if (mark(began.pid)?.began === began.began) await stop(began, 1000);
  }
  const why = background.ended() ?? `it was not ready within ${readyMs / 1000} s`;
  const last = lastWords(places.log);
  throw new RunbookError(
    'worker-unavailable',
    `the worker did not start: ${why}${last === '' ? '' : `: ${last}`}`,
    { hint: `see ${places.log}; or run it in the foreground: runbook worker` },
  );
}

/**
 * A configuration file that says nothing: a profile of the user's own must not add its keys and
 * certificates. (An empty file will not do: envconfig 1.24 fails on a file without profiles.)
 */
function emptyProfile(state: string): string {
  const path = join(state, 'temporal.toml');
  writeFileSync(path, '[profile.default]\n', { mode: 0o600 });
  return path;
}

/** A worker on the embedded server sees that server alone, whatever else is configured on this machine. */
export function workerEnvironment(
  deps: Pick<WorkerDeps, 'environment' | 'address' | 'state' | 'cache'>,
): Record<string, string | undefined> {
  const own = Object.fromEntries(
    Object.entries(deps.environment).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
  return {
    ...own,
    TEMPORAL_ADDRESS: deps.address,
    TEMPORAL_NAMESPACE: embeddedNamespace,
    TEMPORAL_CONFIG_FILE: emptyProfile(deps.state),
    RUNBOOK_STATE_DIR: deps.state,
    RUNBOOK_CACHE_DIR: deps.cache,
  };
}

/** Stops a project's worker, if it runs. */
export async function stopWorker(projectState: string): Promise<boolean> {
  const places = workerPlaces(projectState);
  return withLock(places.lock, async () => {
    const spawned = readJson(places.spawned) as Spawned | null;
    if (spawned === null || !isRunning(spawned.process)) return false;
    await stop(spawned.process, graceMs);
    return true;
  });
}
