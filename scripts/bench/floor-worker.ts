import { NativeConnection, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { Catalog } from '../../activities/catalog.js';
import { createActivities } from '../../activities/index.js';
import { createLogStore } from '../../activities/log/store.js';
import { createSecretStore } from '../../activities/secrets/store.js';
import { createTargetAccess } from '../../activities/targets/access.js';
import { defineAction } from '../../core/action.js';
import { embeddedNamespace } from '../../client/embedded/namespace.js';
import { bundlePath } from '../../worker/bundle-path.js';
import { installLogger } from '../../worker/logger.js';
import { workerTuning } from '../../worker/tuning.js';

// A worker with two actions that do nothing: what a step costs before it does anything.

function nothing(name: `floor.${string}`, slow: boolean) {
  return defineAction({
    name,
    summary: 'Does nothing.',
    impact: 'read',
    on: 'host',
    slow,
    input: z.strictObject({}),
    output: z.strictObject({}),
    check: () => Promise.resolve({ before: null, drift: null, output: {} }),
    examples: [],
  });
}

const [, , address = '', taskQueue = '', state = ''] = process.argv;
installLogger();
const connection = await NativeConnection.connect({ address });
const access = createTargetAccess({ stateDir: state, knownHosts: null });
const actions = [nothing('floor.local', false), nothing('floor.regular', true)];
const worker = await Worker.create({
  ...workerTuning,
  connection,
  namespace: embeddedNamespace,
  taskQueue,
  workflowBundle: { codePath: bundlePath },
  activities: createActivities({
    catalog: new Catalog([{ name: 'floor', summary: 'Nothing.', actions }]),
    access,
    logs: createLogStore({ dir: state }),
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
