import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Inventory } from '../../../core/definition/inventory.js';
import type { Verb } from '../../../core/run/engine.js';
import type { Fence } from '../../../core/run/lease.js';

/** What a worker of the test is to do: one command, on behalf of one operation. */
export interface Job {
  readonly stateDir: string;
  readonly knownHosts: string;
  readonly inventory: Inventory;
  readonly target: string;
  readonly run: string;
  readonly step: string;
  readonly verb: Verb;
  readonly attempt: number;
  readonly fence: number;
  readonly leases?: readonly Fence[];
  readonly command: readonly [string, ...string[]];
  readonly timeout: string;
  readonly sudo?: boolean;
  /** Its effect must not happen twice. */
  readonly once?: boolean;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it answered; null when it was killed before. */
  readonly answer: Promise<unknown>;
  /** As a crash does. */
  kill(): Promise<void>;
}

/** Starts a worker that does one job. */
export function startWorker(job: Job): WorkerProcess {
  const loader = new URL('../../processes/typescript.mjs', import.meta.url).href;
  const program = fileURLToPath(new URL('./one-command.ts', import.meta.url));
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', loader, program, JSON.stringify(job)],
    { stdio: ['ignore', 'pipe', 'inherit'], env },
  );
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  return {
    pid: child.pid ?? 0,
    answer: ended.then(() => (said === '' ? null : (JSON.parse(said) as unknown))),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
