import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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
import { stamp } from './stamp.js';
import { workerTuning } from './tuning.js';

const logger = installLogger();
const args = workerArgs(process.argv.slice(2));
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
const loading = import('./serving.js').then(({ createServing }) =>
  createServing(files, project, state),
);
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

function say(status: string): void {
  mkdirSync(dirname(status), { recursive: true });
  const text = JSON.stringify({
    pid: process.pid,
    taskQueue: project.taskQueue,
    stamp: stamp(),
    startedAt: new Date().toISOString(),
  });
  writeFileSync(`${status}.${process.pid}`, `${text}\n`);
  renameSync(`${status}.${process.pid}`, status);
}

const running = worker.run();
if (args.status !== null) say(args.status);
logger.info({ taskQueue: project.taskQueue, project: folder }, 'ready');
try {
  await running;
} finally {
  await serving.close();
  await connection.close();
  if (args.status !== null) {
    // Only our own word is taken back: a successor may have written its own.
    const { pid } = JSON.parse(readFileSync(args.status, 'utf8')) as { pid: number };
    if (pid === process.pid) rmSync(args.status, { force: true });
  }
}
