import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Catalog } from '../../activities/catalog.js';
import { createActivities } from '../../activities/index.js';
import type { LogStore } from '../../activities/log/store.js';
import { createSecretStore } from '../../activities/secrets/store.js';
import type { TargetAccess } from '../../activities/targets/access.js';
import type { Plugin } from '../../core/action.js';
import { embeddedNamespace } from '../../client/embedded/namespace.js';
import { bundlePath } from '../../worker/bundle-path.js';
import { installLogger } from '../../worker/logger.js';
import { workerTuning } from '../../worker/tuning.js';
import type { Stage } from './benchmark.js';
import type { Embedded } from './embedded.js';
import { root } from './places.js';

/** A worker of a benchmark's own, beside the project's. */
export interface OwnWorker {
  readonly taskQueue: string;
  readonly process: number;
}

/** Starts one whose program is `dist/scripts/bench/<name>.js`, on a task queue of its own, until the benchmark ends; `more` are arguments of its own. */
export async function startOwnWorker(
  stage: Stage,
  embedded: Embedded,
  name: string,
  more: readonly string[] = [],
): Promise<OwnWorker> {
  const taskQueue = `${name}-${process.pid}`;
  const { address } = await embedded.session.server();
  const program = join(root, 'dist', 'scripts', 'bench', `${name}.js`);
  const args = [address, taskQueue, join(stage.folder, name), ...more];
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stage.later(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  await once(child.stdout, 'data');
  child.stdout.resume();
  return { taskQueue, process: child.pid ?? 0 };
}

/** What such a worker does its work with. */
export interface Serving {
  readonly plugins: readonly Plugin[];
  readonly access: TargetAccess;
  readonly logs: LogStore;
}

/** The program of such a worker: serves until it is told to end. */
export async function serve(make: (state: string) => Serving): Promise<void> {
  const [, , address = '', taskQueue = '', state = ''] = process.argv;
  installLogger();
  const connection = await NativeConnection.connect({ address });
  const { plugins, access, logs } = make(state);
  const worker = await Worker.create({
    ...workerTuning,
    connection,
    namespace: embeddedNamespace,
    taskQueue,
    workflowBundle: { codePath: bundlePath },
    activities: createActivities({
      catalog: new Catalog(plugins),
      access,
      logs,
      secrets: createSecretStore({}, { folder: state, environment: {}, resolve: (path) => path }),
      library: {
        names: () => [],
        files: () => ({}),
        load: (name) => {
          throw new Error(`there is no runbook ${name}`);
        },
      },
      archive: () => Promise.resolve(),
      recordDrift: () => Promise.resolve({ event: null, places: [] }),
      notify: { logs: state, folder: state, environment: process.env },
    }),
  });
  process.once('SIGTERM', () => worker.shutdown());
  process.stdout.write('ready\n');
  await worker.run();
  await access.close();
  await connection.close();
}
