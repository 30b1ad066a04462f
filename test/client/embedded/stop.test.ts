import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readJson, writeJson } from '../../../client/embedded/json-file.js';
import { serverPlaces, workerPlaces } from '../../../client/embedded/places.js';
import { isRunning, mark, type ProcessMark } from '../../../client/embedded/process.js';
import {
  ensureServer,
  runningServer,
  serverDied,
  type EmbeddedServer,
} from '../../../client/embedded/server.js';
import { stopEverything } from '../../../client/embedded/stop.js';

let state: string;
let children: ChildProcess[];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'rb-stop-'));
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(state, { recursive: true });
});

/** A process that ends when asked to, `seconds` later. */
async function slowToEnd(seconds: number): Promise<ProcessMark> {
  const script = `trap 'sleep ${seconds}; exit' TERM; echo ready; while :; do sleep 0.05; done`;
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  const found = mark(child.pid ?? 0);
  if (found === null) throw new Error('the process has ended');
  return found;
}

async function aServer(seconds = 0): Promise<EmbeddedServer> {
  const server = {
    process: await slowToEnd(seconds),
    address: '127.0.0.1:20000',
    ui: 'http://127.0.0.1:20001',
    version: '1.29.1',
    binary: '/bin/temporal',
    startedAt: '2026-11-28T00:00:00.000Z',
  };
  writeJson(serverPlaces(state).status, server);
  return server;
}

async function aWorker(project = 'one', seconds = 0.5): Promise<ProcessMark> {
  const process = await slowToEnd(seconds);
  const need = { project: '/p', taskQueue: 'q', loaded: null };
  const places = workerPlaces(join(state, 'projects', project));
  writeJson(places.spawned, { process, need, address: '127.0.0.1:20000' });
  return process;
}

test('whoever looks while it is being stopped sees no server, and none that died', async () => {
  const server = await aServer();
  const worker = await aWorker();
  expect(runningServer(state)).toEqual(server);
  const seen: unknown[] = [];
  let workerEnded = false;
  const stopping = stopEverything(state);
  const soon = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 10, false));
  do {
    seen.push([runningServer(state), serverDied(state)]);
    workerEnded ||= !isRunning(worker) && isRunning(server.process);
  } while (!(await Promise.race([stopping.then(() => true), soon()])));
  expect(await stopping).toEqual({ workers: 1, server: true });
  // A worker has its server until it has ended.
  expect(workerEnded).toBe(true);
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.slice(1)).toEqual(seen.slice(1).map(() => [null, false]));
  expect(readJson(serverPlaces(state).status)).toBeNull();
  expect(isRunning(server.process)).toBe(false);
});

test('a worker that somebody was starting meanwhile is stopped as well', async () => {
  await aServer(1);
  const stopping = stopEverything(state);
  const late = await aWorker('two', 0);
  expect(await stopping).toEqual({ workers: 1, server: true });
  expect(isRunning(late)).toBe(false);
});

test('a server that was to be stopped by somebody who was stopped first goes on', async () => {
  const server = await aServer();
  writeJson(serverPlaces(state).status, { ...server, stopping: true });
  const found = await ensureServer({
    state,
    cache: state,
    environment: {},
    codec: false,
    say: () => undefined,
    prepare: () => Promise.reject(new Error('none is to be started')),
  });
  expect(found).toEqual(server);
  expect(runningServer(state)).toEqual(server);
});

test('nothing to stop', async () => {
  expect(await stopEverything(state)).toEqual({ workers: 0, server: false });
});
