import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
} from '@temporalio/common';
import { Catalog } from '../../activities/catalog.js';
import { hashOf, type Library } from '../../activities/definition.js';
import { createActivities } from '../../activities/index.js';
import { createSecretStore } from '../../activities/secrets/store.js';
import type { Operation } from '../../activities/targets/operation.js';
import type { Inventory } from '../../core/definition/inventory.js';
import { runbookSchema, type Runbook } from '../../core/definition/runbook.js';
import type { JsonObject } from '../../core/json.js';
import type { RunRecord } from '../../core/record.js';
import type { Decision } from '../../core/run/control.js';
import { localHost } from '../../core/run/frame.js';
import { hasEnded, type RunState } from '../../core/run/outcome.js';
import type { RunRequest } from '../../core/run/request.js';
import { createDriftBook } from '../../worker/drift.js';
import { workflowBundle } from './workflow-bundle.js';
import type { TestServer } from './server.js';
import { worldPlugin, type TestWorld } from './world.js';

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

const inventory: Inventory = {
  hosts: { local: localHost, h1: { ...localHost, name: 'h1' } },
  clusters: {},
  groups: { all: ['h1'] },
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
let counter = 0;
/** Else it is made of the process and the machine, and recorded histories would name them. */
const identity = 'test';

/** A worker on a test server, with the real activities over a plain object. */
export class Bench {
  readonly world: TestWorld = { values: {}, log: [], before: () => {} };
  readonly archived: RunRecord[] = [];
  /** On whose behalf targets were opened. */
  readonly opened: Operation[] = [];
  readonly runbooks: Record<string, Runbook> = {};
  /** Where notifications look for logs, and where their commands run. */
  readonly logs = mkdtempSync(join(tmpdir(), 'runbook-bench-'));
  /** Environment that notifications read secrets from. */
  readonly environment: Record<string, string> = { PATH: process.env['PATH'] ?? '' };
  readonly client: Client;
  readonly taskQueue: string;
  readonly #server: TestServer;
  #worker: Worker | null = null;
  #running: Promise<void> | null = null;
  #connection: NativeConnection | null = null;

  private constructor(server: TestServer, client: Client, taskQueue: string) {
    this.#server = server;
    this.client = client;
    this.taskQueue = taskQueue;
  }

  static async create(
    server: TestServer,
    taskQueue = `test-${process.pid}-${Date.now()}`,
  ): Promise<Bench> {
    const bench = new Bench(server, await server.client(identity), taskQueue);
    await bench.startWorker();
    return bench;
  }

  async startWorker(): Promise<void> {
    this.#connection = await NativeConnection.connect({ address: this.#server.address });
    const library: Library = {
      names: () => Object.keys(this.runbooks),
      files: () => ({}),
      load: (name) => {
        const found = this.runbooks[name];
        if (found === undefined) throw new Error(`no runbook ${name}`);
        return found;
      },
    };
    this.#worker = await Worker.create({
      connection: this.#connection,
      taskQueue: this.taskQueue,
      identity,
      workflowBundle: await workflowBundle(),
      activities: createActivities({
        catalog: new Catalog([worldPlugin(this.world)]),
        // The test actions act on an object: they open a target, and never use it.
        access: {
          open: (_name, _inventory, operation) => {
            this.opened.push(operation);
            return {} as never;
          },
          close: async () => {},
        },
        secrets: createSecretStore({}, { folder: this.logs, environment: {}, resolve: (p) => p }),
        logs: { step: () => ({}) as never } as never,
        library,
        archive: async (record) => void this.archived.push(record),
        recordDrift: createDriftBook(join(this.logs, 'drift'), sha256),
        notify: { logs: this.logs, folder: this.logs, environment: this.environment },
      }),
      stickyQueueScheduleToStartTimeout: '1s',
      maxHeartbeatThrottleInterval: '200ms',
      defaultHeartbeatThrottleInterval: '200ms',
      shutdownForceTime: '5s',
    });
    this.#running = this.#worker.run();
  }

  async stopWorker(): Promise<void> {
    this.#worker?.shutdown();
    await this.#running;
    await this.#connection?.close();
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.client.connection.close();
    rmSync(this.logs, { recursive: true, force: true });
  }

  request(definition: Record<string, unknown>, more: Partial<RunRequest> = {}): RunRequest {
    const runbook = runbookSchema.parse({
      apiVersion: 'runbook/v1',
      name: 'test-run',
      ...definition,
    });
    return {
      version: 1,
      runbook,
      definitionHash: hashOf(runbook),
      inputs: {},
      user: 'ann',
      wait: false,
      planHash: null,
      newHistoryAfter: null,
      taskQueue: this.taskQueue,
      resume: null,
      inventory,
      paths: {},
      project: {},
      files: {},
      ...more,
    };
  }

  async start(
    definition: Record<string, unknown>,
    more: Partial<RunRequest> = {},
    id?: string,
  ): Promise<TestRun> {
    const request = this.request(definition, more);
    counter += 1;
    const handle = await this.client.workflow.start(request.runbook.name, {
      taskQueue: this.taskQueue,
      workflowId: id ?? `${request.runbook.name}-${process.pid}-${counter}`,
      workflowTaskTimeout: '3s',
      args: [request],
      staticSummary: 'a test',
      typedSearchAttributes: [
        {
          key: defineSearchAttributeKey('RunbookName', SearchAttributeType.KEYWORD),
          value: request.runbook.name,
        },
      ],
    });
    return new TestRun(handle);
  }
}

/** A run on a test server. */
export class TestRun {
  readonly handle: WorkflowHandle;
  constructor(handle: WorkflowHandle) {
    this.handle = handle;
  }

  record(): Promise<RunRecord> {
    return this.handle.query<RunRecord>('record');
  }

  /** Waits until the run is in one of some states. */
  async until(...states: RunState[]): Promise<RunRecord> {
    for (;;) {
      const record = await this.record();
      if (states.includes(record.state)) return record;
      if (hasEnded(record.state))
        throw new Error(`the run has ended: ${record.state}: ${record.failure?.message ?? ''}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  decide(
    verb: Decision['verb'],
    more: {
      step?: string;
      reason?: string;
      input?: JsonObject;
      outputs?: JsonObject;
      force?: boolean;
      undo?: boolean;
      by?: string;
      planHash?: string;
      signature?: Decision['signature'];
    } = {},
  ): Promise<void> {
    return this.handle.executeUpdate<void, [unknown]>(verb, {
      args: [{ step: null, by: 'ann', reason: 'because', ...more }],
    });
  }

  /** The record at the end, whatever the end was; with the failure's type for one that failed. */
  async end(): Promise<RunRecord & { failedAs: string | null }> {
    try {
      return { ...((await this.handle.result()) as RunRecord), failedAs: null };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure))
        throw error;
      const [record] = error.cause.details as [RunRecord];
      return { ...record, failedAs: error.cause.type ?? null };
    }
  }
}
