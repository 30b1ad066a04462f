import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Receiver } from '../../core/definition/notify.js';
import { driftHistorySchema, type DriftHistory } from '../../core/drift/history.js';
import type { DriftNotification } from '../../core/notification.js';
import type { RunRequest } from '../../core/run/request.js';
import { HttpReceiver } from '../activities/notify/receiver.js';
import { needs } from '../needs.js';
import { Bench } from '../temporal/bench.js';
import { hasTemporal, temporalBinary, TestServer } from '../temporal/server.js';
import { broken } from '../temporal/world.js';

const test = needs({ files: [temporalBinary] });

let server: TestServer;
let bench: Bench;
let receiver: HttpReceiver;
let folder: string;
beforeAll(async () => {
  if (!hasTemporal) return;
  folder = mkdtempSync(join(tmpdir(), 'runbook-drift-'));
  receiver = await HttpReceiver.start();
  server = await TestServer.start();
  bench = await Bench.create(server);
}, 60_000);
afterAll(async () => {
  await bench?.close();
  await server?.stop();
  await receiver?.down();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 60_000);
beforeEach(() => {
  if (!hasTemporal) return;
  for (const key of Object.keys(bench.world.values)) delete bench.world.values[key];
  bench.world.before = () => {};
  receiver.deliveries.length = 0;
});

const set = (key: string): object => ({ id: key, action: 'world.set', input: { key, value: 1 } });

/** Looks once, as a schedule does; answers what the workflow came to, or the code of its failure. */
async function check(id: string, name: string, more: Partial<RunRequest> = {}): Promise<unknown> {
  const notify: Receiver[] = [
    { id: 'drift', on: ['drift'], webhook: { url: receiver.url } },
    { id: 'others', on: ['parked'], webhook: { url: receiver.url } },
  ];
  const drift = { schedule: 'nightly', mend: `runbook start ${name}` };
  const definition = { name, steps: [set('x'), set('y')] };
  const request = bench.request(definition, { notify, drift, ...more });
  const handle = await bench.client.workflow.start('plan', {
    taskQueue: bench.taskQueue,
    workflowId: `plan/${id}`,
    workflowTaskTimeout: '3s',
    args: [request],
  });
  return handle.result().catch((error: Error) => (error.cause as { type?: string }).type);
}

/** What is on record of a runbook. */
function historyOf(name: string): DriftHistory | null {
  const place = join(bench.logs, 'drift');
  const file = readdirSync(place).find((one) => one.startsWith(`${name}.`));
  if (file === undefined) return null;
  return driftHistorySchema.parse(JSON.parse(readFileSync(join(place, file), 'utf8')));
}

/** Events that were told, once there are so many. */
async function told(times: number): Promise<DriftNotification[]> {
  while (receiver.deliveries.length < times) await new Promise((done) => setTimeout(done, 20));
  return receiver.deliveries.map(({ event }) => event as DriftNotification);
}

test('checks are on record, and only a change is told, to those who want to know', async () => {
  bench.world.values['y'] = 1;
  expect(await check('a1', 'changes')).toMatchObject({ changes: 1 });
  const [first] = await told(1);
  expect(first).toMatchObject({
    id: 'plan/a1/drift',
    type: 'io.runbook.drift',
    subject: 'nightly',
    data: {
      runbook: 'changes',
      appeared: [{ path: 'x', kind: 'change', target: 'local' }],
      commands: [{ command: 'runbook start changes' }, {}, {}],
    },
  });
  await check('a2', 'changes');
  bench.world.values['x'] = 1;
  await check('a3', 'changes');
  const events = await told(2);
  expect(events.map(({ id }) => id)).toEqual(['plan/a1/drift', 'plan/a3/drift']);
  expect(events[1]?.data).toMatchObject({ appeared: [], gone: [{ path: 'x' }], drifting: 0 });
  const history = historyOf('changes');
  expect(history).toMatchObject({ checks: 3, last: { check: 'plan/a3', outcome: 'no-drift' } });
  expect(history?.entries).toMatchObject([{ path: 'x', gone: history?.last.at }]);
}, 60_000);

test('a step that cannot be checked, and a check that fails as a whole, are told as that', async () => {
  bench.world.before = (verb, key) => {
    if (verb === 'check' && key === 'y') throw broken('no route');
  };
  bench.world.values['x'] = 1;
  await check('b1', 'fails');
  const [blind] = await told(1);
  expect(blind?.data).toMatchObject({ unknown: [{ path: 'y', drift: 'no route' }], drifting: 0 });
  expect(await check('b2', 'fails', { inputs: { none: 1 } })).toBe('input-invalid');
  const [, failed] = await told(2);
  expect(failed?.data).toMatchObject({ failure: { code: 'input-invalid' }, appeared: [] });
}, 60_000);

test('a plan that is no check for drift leaves nothing behind', async () => {
  const request = bench.request({ name: 'plain', steps: [set('x')] });
  await bench.client.workflow.execute('plan', {
    taskQueue: bench.taskQueue,
    workflowId: 'plan/c1',
    workflowTaskTimeout: '3s',
    args: [request],
  });
  expect(historyOf('plain')).toBeNull();
  expect(receiver.deliveries).toEqual([]);
}, 60_000);
