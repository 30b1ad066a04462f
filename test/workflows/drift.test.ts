import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Receiver } from '../../core/definition/notify.js';
import { driftHistorySchema, type DriftHistory } from '../../core/drift/history.js';
import type { DriftNotification } from '../../core/notification.js';
import type { RunRequest } from '../../core/run/request.js';
import { HttpReceiver } from '../activities/notify/receiver.js';
import type { Bench } from '../temporal/bench.js';
import { hasTemporal } from '../temporal/server.js';
import { stageOnTemporal, temporalTest as test } from '../temporal/stage.js';
import { broken } from '../temporal/world.js';

let bench: Bench;
stageOnTemporal((made) => {
  bench = made;
});
let receiver: HttpReceiver;
let folder: string;
beforeAll(async () => {
  if (!hasTemporal) return;
  folder = mkdtempSync(join(tmpdir(), 'runbook-drift-'));
  receiver = await HttpReceiver.start();
}, 60_000);
afterAll(async () => {
  await receiver?.down();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 60_000);
beforeEach(() => {
  if (!hasTemporal) return;
  receiver.deliveries.length = 0;
});

const set = (key: string): object => ({ id: key, action: 'world.set', input: { key, value: 1 } });

function asked(name: string, schedule: string | null, more: Partial<RunRequest> = {}): RunRequest {
  const notify: Receiver[] = [
    { id: 'drift', on: ['drift'], webhook: { url: receiver.url } },
    { id: 'others', on: ['parked'], webhook: { url: receiver.url } },
  ];
  const drift = { schedule, mend: `runbook start ${name}` };
  return bench.request({ name, steps: [set('x'), set('y')] }, { notify, drift, ...more });
}

/** Looks once, not by a schedule of the server's; answers the plan, or the code of the failure. */
async function look(id: string, request: RunRequest): Promise<unknown> {
  const handle = await bench.client.workflow.start('plan', {
    taskQueue: bench.taskQueue,
    workflowId: `plan/${id}`,
    workflowTaskTimeout: '3s',
    args: [request],
  });
  return handle.result().catch((error: Error) => (error.cause as { type?: string }).type);
}

/** A real schedule: what it has told goes from check to check by the server. */
async function schedule(name: string): Promise<{ readonly fire: () => Promise<void> }> {
  const handle = await bench.client.schedule.create({
    scheduleId: name,
    spec: { intervals: [{ every: '365d' }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'plan',
      workflowId: `plan/schedule/${name}`,
      taskQueue: bench.taskQueue,
      args: [asked(name, name)],
    },
  });
  const second = (): number => Math.floor(Date.now() / 1000);
  let fired = 0;
  return {
    fire: async () => {
      // To the server, two triggers within one second are the same one.
      while (second() <= fired) await new Promise((done) => setTimeout(done, 50));
      fired = second() + 1;
      const { info } = await handle.describe();
      await handle.trigger('BUFFER_ALL');
      for (;;) {
        const now = await handle.describe();
        const more = now.info.numActionsTaken > info.numActionsTaken;
        if (more && now.info.runningActions.length === 0) return;
        await new Promise((done) => setTimeout(done, 50));
      }
    },
  };
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
  const { fire } = await schedule('changes');
  await fire();
  const [first] = await told(1);
  expect(first).toMatchObject({
    id: expect.stringMatching(/^plan\/schedule\/changes-\S+Z\/drift\/\w{8}$/),
    type: 'io.runbook.drift',
    subject: 'changes',
    data: {
      runbook: 'changes',
      appeared: [{ path: 'x', kind: 'change', target: 'local' }],
      commands: [{ command: 'runbook start changes' }, {}, {}],
    },
  });
  await fire();
  bench.world.values['x'] = 1;
  await fire();
  const events = await told(2);
  expect(events).toHaveLength(2);
  expect(events[1]?.data).toMatchObject({ appeared: [], gone: [{ path: 'x' }], drifting: 0 });
  const history = historyOf('changes');
  expect(history).toMatchObject({ checks: 3, last: { schedule: 'changes', outcome: 'no-drift' } });
  expect(history?.entries).toMatchObject([{ path: 'x', gone: history?.last.at }]);
}, 60_000);

test('a check that fails as a whole is told once, and when it works again, with no drift lost', async () => {
  const { fire } = await schedule('fails');
  await fire();
  await told(1);
  const handle = bench.client.schedule.getHandle('fails');
  const replace = (request: RunRequest): Promise<void> =>
    handle.update((old) => ({ ...old, action: { ...old.action, args: [request] } }));
  await replace(asked('fails', 'fails', { inputs: { none: 1 } }));
  await fire();
  await fire();
  await replace(asked('fails', 'fails'));
  await fire();
  const events = await told(3);
  expect(events.map(({ data }) => [data.failure?.code ?? null, data.appeared.length])).toEqual([
    [null, 2],
    ['input-invalid', 0],
    [null, 0],
  ]);
  expect(events[2]?.data.message).toBe('drift of fails: it can be checked again; 2 now');
}, 60_000);

test('a schedule that was given other inputs tells what drifts with those', async () => {
  const { fire } = await schedule('moves');
  await fire();
  await told(1);
  const inputs = { host: { type: 'string', description: 'A host.', default: 'h1' } };
  const more = { runbook: bench.request({ name: 'moves', inputs, steps: [set('x')] }).runbook };
  const handle = bench.client.schedule.getHandle('moves');
  const request = asked('moves', 'moves', more);
  await handle.update((old) => ({ ...old, action: { ...old.action, args: [request] } }));
  await fire();
  const events = await told(2);
  expect(events[1]?.data).toMatchObject({ appeared: [{ path: 'x' }], gone: [] });
}, 60_000);

test('a step that cannot be checked is told as that, and a person who looks tells nobody', async () => {
  bench.world.before = (verb, key) => {
    if (verb === 'check' && key === 'y') throw broken('no route');
  };
  bench.world.values['x'] = 1;
  await look('blind-1', asked('blind', 'nightly'));
  const [blind] = await told(1);
  expect(blind?.data).toMatchObject({ unknown: [{ path: 'y', drift: 'no route' }], drifting: 0 });
  delete bench.world.values['x'];
  const plan = await look('blind-2', asked('blind', null));
  expect(plan).toMatchObject({ changes: 1 });
  expect(plan).not.toHaveProperty('told');
  expect(historyOf('blind')).toMatchObject({ checks: 2, last: { schedule: null } });
  expect(receiver.deliveries).toHaveLength(1);
}, 60_000);

test('a plan that is no check for drift leaves nothing behind', async () => {
  await look('plain-1', bench.request({ name: 'plain', steps: [set('x')] }));
  expect(historyOf('plain')).toBeNull();
  expect(receiver.deliveries).toEqual([]);
}, 60_000);
