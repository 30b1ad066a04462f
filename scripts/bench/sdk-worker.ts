import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { embeddedNamespace } from '../../client/embedded/namespace.js';
import { installLogger } from '../../worker/logger.js';
import { workerTuning } from '../../worker/tuning.js';
import { BareSsh } from './bare-ssh.js';

// A worker of the SDK and ssh2 alone: the floor below a step of ours. Nothing is planned, recorded, guarded or verified.

const [, , address = '', taskQueue = '', , port = '', user = '', key = ''] = process.argv;
const host = '127.0.0.1';
installLogger();
const ssh = new BareSsh({ port: Number(port), user, key });

const activities = {
  nothing: () => Promise.resolve(),
  async commands(count: number) {
    for (let at = 0; at < count; at += 1) await ssh.run(host);
  },
  async look(file: string) {
    await ssh.run(host, `stat -c '%f %u %g %U %G %s' -- ${file}; base64 -w0 < ${file}`);
  },
  async probe(address: string, line: string) {
    await ssh.run(address, line);
  },
};
/** What the workflow of this worker calls. */
export type SdkActivities = typeof activities;

const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  ...workerTuning,
  connection,
  namespace: embeddedNamespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./sdk-workflows.js', import.meta.url)),
  activities,
});
process.once('SIGTERM', () => worker.shutdown());
process.stdout.write('ready\n');
await worker.run();
ssh.close();
await connection.close();
