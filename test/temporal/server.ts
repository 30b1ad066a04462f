import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { serverSettings } from '../../client/embedded/server-args.js';

/** The Temporal CLI that tests use: where set-up puts it. */
export const temporalBinary =
  process.env['RUNBOOK_TEMPORAL_CLI'] ??
  join(
    process.env['RUNBOOK_CACHE_DIR'] ??
      join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'runbook'),
    'parts/current/temporal/temporal',
  );

export const hasTemporal = existsSync(temporalBinary);

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}

/** A Temporal dev server of a test's own, with the flags of the embedded one. */
export class TestServer {
  readonly address: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | null = null;

  private constructor(port: number) {
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'runbook-temporal-'));
  }

  static async start(): Promise<TestServer> {
    const server = new TestServer(await freePort());
    await server.up();
    return server;
  }

  /** Starts the process, on the database of an earlier one if there was one. */
  async up(): Promise<void> {
    this.#process = spawn(
      temporalBinary,
      [
        'server',
        'start-dev',
        '--ip=127.0.0.1',
        `--port=${this.#port}`,
        '--headless',
        `--db-filename=${join(this.#folder, 'temporal.db')}`,
        '--log-level=error',
        '--sqlite-pragma=journal_mode=WAL',
        '--sqlite-pragma=synchronous=FULL',
        '--search-attribute=RunbookName=Keyword',
        '--search-attribute=RunbookState=Keyword',
        '--search-attribute=RunbookUser=Keyword',
        '--search-attribute=RunbookTarget=KeywordList',
        ...serverSettings.map((value) => `--dynamic-config-value=${value}`),
      ],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; ; attempt += 1) {
      try {
        const connection = await Connection.connect({
          address: this.address,
          connectTimeout: '1s',
        });
        await connection.close();
        return;
      } catch (error) {
        if (attempt > 60) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  /** Kills the process as a crash would. */
  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  async client(identity: string): Promise<Client> {
    return new Client({
      connection: await Connection.connect({ address: this.address }),
      identity,
    });
  }

  async stop(): Promise<void> {
    const server = this.#process;
    if (server !== null && server.exitCode === null && server.signalCode === null) {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
