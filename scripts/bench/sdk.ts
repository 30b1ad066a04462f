import type { Stage } from './benchmark.js';
import type { Embedded } from './embedded.js';
import { startOwnWorker } from './own-worker.js';
import type { Sshd } from './sshd.js';
import type * as workflows from './sdk-workflows.js';

type Workflows = typeof workflows;

/** Runs a workflow to its end, and answers the time that it took, in ms. */
export type Execute = <Name extends keyof Workflows>(
  workflow: Name,
  ...args: Parameters<Workflows[Name]>
) => Promise<number>;

const limitMs = 120_000;

/** Starts a worker of Temporal's SDK and ssh2 alone, on the same server as ours; it reaches what the sshd stands for. */
export async function startSdk(stage: Stage, embedded: Embedded, sshd: Sshd): Promise<Execute> {
  const reached = [String(sshd.port), sshd.user, sshd.key];
  const { taskQueue } = await startOwnWorker(stage, embedded, 'sdk-worker', reached);
  const { client, connection } = await embedded.session.server();
  let runs = 0;
  return async (workflow, ...args) => {
    runs += 1;
    const workflowId = `sdk-${process.pid}-${runs}`;
    const began = performance.now();
    await connection.withDeadline(Date.now() + limitMs, () =>
      client.workflow.execute<(...args: unknown[]) => Promise<unknown>>(workflow, {
        workflowId,
        taskQueue,
        args,
      }),
    );
    return performance.now() - began;
  };
}
