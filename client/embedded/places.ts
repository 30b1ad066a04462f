import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Files of an embedded server in its state folder. */
export interface ServerPlaces {
  readonly folder: string;
  /** Which server runs: written when it is ready, removed when it is stopped. */
  readonly status: string;
  readonly lock: string;
  readonly log: string;
  readonly buildLog: string;
  /** Ports of last time. */
  readonly ports: string;
  database(version: string): string;
}

/** Files of the embedded server of a state folder. */
export function serverPlaces(folder: string): ServerPlaces {
  return {
    folder,
    status: join(folder, 'server.json'),
    lock: join(folder, 'server.lock'),
    log: join(folder, 'server.log'),
    buildLog: join(folder, 'build-temporal.log'),
    ports: join(folder, 'ports.json'),
    database: (version) => join(folder, `temporal-${version}.db`),
  };
}

/** Files of one project's worker. */
export interface WorkerPlaces {
  /** Written by the worker when it is ready. */
  readonly status: string;
  /** How it was started: written by the client. */
  readonly spawned: string;
  readonly lock: string;
  readonly log: string;
}

/** Files of the worker of a project, by the project's own state folder. */
export function workerPlaces(projectState: string): WorkerPlaces {
  return {
    status: join(projectState, 'worker.json'),
    spawned: join(projectState, 'worker-spawned.json'),
    lock: join(projectState, 'worker.lock'),
    log: join(projectState, 'worker.log'),
  };
}

/** State folders of all projects that have been used. */
export function projectStates(folder: string): string[] {
  const projects = join(folder, 'projects');
  try {
    return readdirSync(projects).map((name) => join(projects, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
