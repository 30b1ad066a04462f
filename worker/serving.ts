import { delimiter, join } from 'node:path';
import { Catalog } from '../activities/catalog.js';
import { createActivities } from '../activities/index.js';
import { createLogStore } from '../activities/log/store.js';
import { createSecretStore } from '../activities/secrets/store.js';
import { createTargetAccess } from '../activities/targets/access.js';
import type { Files, Project } from '../core/definition/loader.js';
import { plugins } from '../plugins/index.js';
import { driftFolder } from '../core/drift/places.js';
import { createArchive } from './archive.js';
import { createDriftBook } from './drift.js';
import { createLibrary } from './library.js';
import { system } from './system.js';

/** The activities of a worker, with what they hold. */
export interface Serving {
  readonly activities: ReturnType<typeof createActivities>;
  /** Ends the connections to targets. */
  close(): Promise<void>;
}

/** Makes what a worker serves for a project. */
export function createServing(files: Files, project: Project, state: string): Serving {
  const access = createTargetAccess({
    stateDir: state,
    knownHosts: project.knownHosts,
    scope: project.id,
    path: (process.env['PATH'] ?? '').split(delimiter).filter((path) => path.startsWith('/')),
  });
  const logs = join(state, 'logs');
  const activities = createActivities({
    catalog: new Catalog(plugins),
    access,
    logs: createLogStore({ dir: logs }),
    secrets: createSecretStore(project.file.secrets ?? {}, {
      folder: project.folder,
      environment: process.env,
      resolve: (path) => files.resolve(project.folder, path),
    }),
    library: createLibrary(files, project),
    archive: createArchive(join(state, 'archive')),
    recordDrift: createDriftBook(join(state, driftFolder, project.id), system.hash),
    notify: { logs, folder: project.folder, environment: process.env },
  });
  return { activities, close: () => access.close() };
}
