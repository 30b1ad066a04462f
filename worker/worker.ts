import { setImmediate as turn } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadProject } from '../core/definition/loader.js';
import {
  cacheFolder,
  filesOf,
  projectId,
  projectState,
  stateFolder,
} from '../core/definition/places.js';
import { configuredKeys } from '../core/codec/configured.js';
import { createCodec } from '../core/codec/codec.js';
import { bundlePath, failureConverterPath, sealedBundlePath } from './bundle-path.js';
import { deferred } from './deferred.js';
import { installLogger } from './logger.js';
import { workerArgs } from './options.js';
import { packageFolder, system } from './system.js';
import { announce, retract } from './status.js';
import { workerTuning } from './tuning.js';

/** Serves a project's task queue until it is told to end; `line` is the command line. */
export async function runWorker(line: readonly string[]): Promise<void> {
  const logger = installLogger();
  const args = workerArgs(line);
  const files = filesOf(system);
  const folder = system.resolve(args.project);
  const state = stateFolder(system);
  const project = loadProject(files, folder, {
    state: projectState(system, folder),
    cache: cacheFolder(system),
    package: packageFolder,
    id: projectId(system, folder),
  });

  const keys = configuredKeys(system, folder, project.file.codec);

  const { connectionOptions, namespace } = loadClientConnectConfig(
    project.file.server?.profile === undefined ? {} : { profile: project.file.server.profile },
  );
  const address = project.file.server?.address ?? connectionOptions.address;
  const connection = await NativeConnection.connect({
    ...connectionOptions,
    ...(address === undefined ? {} : { address }),
  });
  // Read while the thread of the workflows begins, on another processor: that comes first.
  const loading = turn()
    .then(() => import('./serving.js'))
    .then(({ createServing }) => createServing(files, project, state));
  const worker = await Worker.create({
    ...workerTuning,
    connection,
    namespace: project.file.server?.namespace ?? namespace ?? 'default',
    taskQueue: project.taskQueue,
    // Without keys there is nothing to look at in every payload.
    ...(keys.length === 0
      ? { workflowBundle: { codePath: bundlePath } }
      : {
          workflowBundle: { codePath: sealedBundlePath },
          dataConverter: { payloadCodecs: [createCodec(keys)], failureConverterPath },
        }),
    activities: deferred(loading),
  });
  const serving = await loading;

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    worker.shutdown();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const running = worker.run();
  if (args.status !== null) announce(args.status, project.taskQueue);
  logger.info({ taskQueue: project.taskQueue, project: folder }, 'ready');
  try {
    await running;
  } finally {
    await serving.close();
    await connection.close();
    if (args.status !== null) retract(args.status);
  }
}
