import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { needHash, runningWorker, workerEnvironment } from '../../../client/embedded/worker.js';
import { writeJson } from '../../../client/embedded/json-file.js';
import { workerPlaces } from '../../../client/embedded/places.js';
import { mark } from '../../../client/embedded/process.js';

const need = { project: '/p', taskQueue: 'q', loaded: { knownHosts: '/p/known_hosts' } };

test('a worker is started anew for a new build, another server, or what it has loaded', () => {
  const hash = needHash(need, 'stamp', 'a:1');
  expect(needHash({ ...need }, 'stamp', 'a:1')).toBe(hash);
  expect(needHash(need, 'other', 'a:1')).not.toBe(hash);
  expect(needHash(need, 'stamp', 'a:2')).not.toBe(hash);
  expect(needHash({ ...need, loaded: {} }, 'stamp', 'a:1')).not.toBe(hash);
});

test('a worker counts as running when it has said so itself, and still lives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-worker-'));
  const places = workerPlaces(folder);
  const own = mark(process.pid);
  expect(runningWorker(folder)).toBeNull();
  writeJson(places.spawned, { process: own, need, address: 'a:1' });
  expect(runningWorker(folder)).toBeNull();
  const status = { pid: process.pid, taskQueue: 'q', stamp: 's', startedAt: '' };
  writeJson(places.status, { ...status, pid: 1 });
  expect(runningWorker(folder)).toBeNull();
  writeJson(places.status, status);
  expect(runningWorker(folder)).toMatchObject({ taskQueue: 'q', project: '/p' });
  writeJson(places.spawned, { process: { ...own, began: 'long ago' }, need, address: 'a:1' });
  expect(runningWorker(folder)).toBeNull();
  rmSync(folder, { recursive: true });
});

test('a worker of the embedded server sees no other server’s settings', () => {
  const state = mkdtempSync(join(tmpdir(), 'rb-worker-env-'));
  const environment = { PATH: '/bin', TEMPORAL_API_KEY: 'secret', TEMPORAL_PROFILE: 'prod' };
  const env = workerEnvironment({ environment, address: '127.0.0.1:20000', state, cache: '/c' });
  expect(env).toEqual({
    PATH: '/bin',
    TEMPORAL_ADDRESS: '127.0.0.1:20000',
    TEMPORAL_NAMESPACE: 'runbook',
    TEMPORAL_CONFIG_FILE: join(state, 'temporal.toml'),
    RUNBOOK_STATE_DIR: state,
    RUNBOOK_CACHE_DIR: '/c',
  });
  expect(readFileSync(join(state, 'temporal.toml'), 'utf8')).toBe('[profile.default]\n');
  rmSync(state, { recursive: true });
});
