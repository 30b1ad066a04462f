import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { Client } from 'ssh2';
import { embeddedNamespace } from '../../client/embedded/namespace.js';
import { installLogger } from '../../worker/logger.js';
import { workerTuning } from '../../worker/tuning.js';
import { command } from './bare-ssh.js';

// A worker of the SDK and ssh2 alone: the floor below a step of ours. Nothing is planned, recorded, guarded or verified.

const [, , address = '', taskQueue = '', , port = '', username = '', key = ''] = process.argv;
const host = '127.0.0.1';
installLogger();
const ssh = new Client();
await new Promise<void>((resolve, reject) => {
  ssh.once('ready', resolve);
  ssh.once('error', reject);
  const sock = connect({ host, port: Number(port), noDelay: true });
  ssh.connect({ sock, username, privateKey: readFileSync(key) });
});

const activities = {
  nothing: () => Promise.resolve(),
  async commands(count: number) {
    for (let at = 0; at < count; at += 1) await command(ssh);
  },
  async look(file: string) {
    await command(ssh, `stat -c '%f %u %g %U %G %s' -- ${file}; base64 -w0 < ${file}`);
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
ssh.end();
await connection.close();
