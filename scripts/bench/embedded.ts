import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runbookSchema } from '../../core/definition/runbook.js';
import type { RunRecord } from '../../core/record.js';
import type { RunRequest } from '../../core/run/request.js';
import { runningServer } from '../../client/embedded/server.js';
import { stopEverything } from '../../client/embedded/stop.js';
import { runningWorker, workerEnvironment } from '../../client/embedded/worker.js';
import { makePlan } from '../../client/server/plan.js';
import { requestOf } from '../../client/server/request.js';
import { startRun } from '../../client/server/start.js';
import { Session } from '../../client/session.js';
import { join } from 'node:path';

/** A run that takes longer is parked, or has no worker. */
const maxRunMs = 120_000;
let runs = 0;

/** How a run went. */
export interface Ran {
  readonly id: string;
  /** From before its start until its result was here. */
  readonly ms: number;
  readonly record: RunRecord;
}

function newId({ runbook }: RunRequest): string {
  runs += 1;
  return `${runbook.name}-${process.pid}-${runs}`;
}

/** Server and worker as the command line starts them, with a state folder of their own. */
export class Embedded {
  readonly session: Session;
  /** Fixed here: a second instance in this process changes the variable that it hangs on. */
  readonly #projectState: string;

  private constructor(session: Session) {
    this.session = session;
    this.#projectState = session.projectState;
  }

  static async start(folder: string, project: string): Promise<Embedded> {
    process.env['RUNBOOK_STATE_DIR'] = join(folder, 'state');
    const session = new Session({ project, quiet: true });
    mkdirSync(session.state, { recursive: true });
    const embedded = new Embedded(session);
    try {
      await session.worker();
    } catch (error) {
      await embedded.stop();
      throw error;
    }
    return embedded;
  }

  /** Process id of the worker. */
  worker(): number {
    const running = runningWorker(this.#projectState);
    if (running === null) throw new Error('the worker is gone');
    return running.process.pid;
  }

  /** Process id of the server. */
  server(): number {
    const running = runningServer(this.session.state);
    if (running === null) throw new Error('the server is gone');
    return running.process.pid;
  }

  /** The environment of another worker on the same server. */
  async workerEnvironment(): Promise<Record<string, string | undefined>> {
    const { environment, state, cache } = this.session;
    const { address } = await this.session.server();
    return workerEnvironment({ environment, address, state, cache });
  }

  /** Runs a definition to its end, which must be a good one; on the project's own task queue unless told. */
  async run(definition: Record<string, unknown>, taskQueue?: string): Promise<Ran> {
    const server = await this.session.server();
    const request = await this.#request(definition);
    const id = newId(request);
    const began = performance.now();
    await startRun(server, id, { ...request, taskQueue: taskQueue ?? request.taskQueue }, []);
    const record = await server.connection.withDeadline(
      Date.now() + maxRunMs,
      () => server.client.workflow.getHandle(id).result() as Promise<RunRecord>,
    );
    return { id, ms: performance.now() - began, record };
  }

  /** Starts a run and waits until it is parked; answers its id. */
  async park(definition: Record<string, unknown>): Promise<string> {
    const server = await this.session.server();
    const request = await this.#request(definition);
    const id = newId(request);
    await startRun(server, id, request, []);
    const handle = server.client.workflow.getHandle(id);
    const end = Date.now() + maxRunMs;
    while ((await handle.query<RunRecord>('record')).state !== 'parked') {
      if (Date.now() > end) throw new Error(`${id} is not parked`);
      await sleep(100);
    }
    return id;
  }

  /** Ends a run that is open, without a word to it. */
  async end(id: string): Promise<void> {
    const server = await this.session.server();
    await server.client.workflow.getHandle(id).terminate('the benchmark is over');
  }

  /** Has the plan of a definition made; answers the milliseconds until it was here. */
  async plan(definition: Record<string, unknown>): Promise<number> {
    const server = await this.session.server();
    const request = await this.#request(definition);
    const began = performance.now();
    const { steps } = await makePlan(server, request, new AbortController().signal);
    const ms = performance.now() - began;
    const unseen = steps.find(({ kind }) => kind === 'undetermined');
    if (unseen !== undefined) throw new Error(`${unseen.path}: ${unseen.drift}`);
    return ms;
  }

  async #request(definition: Record<string, unknown>): Promise<RunRequest> {
    const { session } = this;
    return requestOf({
      project: await session.project(),
      runbook: runbookSchema.parse({ apiVersion: 'runbook/v1', ...definition }),
      inputs: {},
      files: {},
      user: session.user,
      wait: false,
      planHash: null,
    });
  }

  /** Stops the worker and the server. */
  async stop(): Promise<void> {
    await this.session.close();
    await stopEverything(this.session.state);
  }
}
