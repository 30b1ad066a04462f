import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createLogStore } from '../../activities/log/store.js';
import type { Receiver } from '../../core/definition/notify.js';
import { testNotification } from '../../core/run/notification.js';
import { HttpReceiver, type Delivery } from '../activities/notify/receiver.js';
import type { Bench } from '../temporal/bench.js';
import { hasTemporal } from '../temporal/server.js';
import { stageOnTemporal, temporalTest as test } from '../temporal/stage.js';
import { broken } from '../temporal/world.js';

const set = (id: string, key: string): object => ({
  id,
  action: 'world.set',
  input: { key, value: 1 },
});

let bench: Bench;
stageOnTemporal((made) => {
  bench = made;
});
let receiver: HttpReceiver;
let folder: string;
beforeAll(async () => {
  if (!hasTemporal) return;
  folder = mkdtempSync(join(tmpdir(), 'runbook-notified-'));
  receiver = await HttpReceiver.start();
  bench.environment['HOOK_AUTH'] = 'Bearer s3cr3t-of-the-hook';
}, 60_000);
afterAll(async () => {
  await receiver?.down();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 60_000);
beforeEach(() => {
  if (!hasTemporal) return;
  receiver.deliveries.length = 0;
  receiver.answers.length = 0;
});

type HookOf = Extract<Receiver, { readonly webhook: unknown }>;
const hook = (more: Partial<HookOf> = {}): Receiver => ({
  id: 'hook',
  webhook: { url: receiver.url },
  ...more,
});

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ids = (): string[] => receiver.deliveries.map(({ event }) => event.id);
const delivered = (id: string): Promise<Delivery> =>
  until(() => receiver.deliveries.find(({ event }) => event.id === id));

/** Every word of a workflow's history, payloads decoded. */
async function wordsOf(workflowId: string): Promise<string> {
  const history = await bench.client.workflow.getHandle(workflowId).fetchHistory();
  const text = historyToJSON(history);
  const payloads = [...text.matchAll(/"data": ?"([^"]*)"/g)].map(([, data]) =>
    Buffer.from(data ?? '', 'base64').toString(),
  );
  return [text, ...payloads].join('\n');
}

test('a receiver that fails twice gets the event a third time, under the same id', async () => {
  receiver.answers.push(500, 500);
  const run = await bench.start({ steps: [set('a', 'x')] }, { notify: [hook()] });
  const record = await run.end();
  await until(() => receiver.deliveries.length === 3);
  expect(ids()).toEqual(Array.from({ length: 3 }, () => `${record.run}/finished/1`));
  expect(receiver.deliveries[2]?.event).toMatchObject({
    type: 'io.runbook.run.finished',
    data: { state: 'succeeded', startedBy: 'ann' },
  });
  await bench.client.workflow.getHandle(`notification/${record.run}/finished/1`).result();
  expect(receiver.deliveries).toHaveLength(3);
});

test('a run that ends while the receiver is away ends as ever, and is told of when it is back', async () => {
  await receiver.down();
  const run = await bench.start({ steps: [set('a', 'x')] }, { notify: [hook()] });
  const record = await run.end();
  expect(record.state).toBe('succeeded');
  expect((await run.handle.describe()).status.name).toBe('COMPLETED');
  const notification = bench.client.workflow.getHandle(`notification/${record.run}/finished/1`);
  const refused = async (): Promise<boolean> => {
    const { raw } = await notification.describe();
    return (raw.pendingActivities ?? []).some(({ lastFailure }) =>
      lastFailure?.message?.includes('ECONNREFUSED'),
    );
  };
  while (!(await refused())) await new Promise((resolve) => setTimeout(resolve, 50));
  await receiver.up();
  await delivered(`${record.run}/finished/1`);
  await notification.result();
});

test('a parked run tells its step, the commands and the end of its log, each time that it parks', async () => {
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && key === 'y') throw broken('the tool says no');
  };
  const run = await bench.start(
    { title: 'A test', target: 'h1', steps: [set('a', 'x'), set('b', 'y')] },
    { notify: [hook({ on: ['parked'] })] },
    'parks-with-log',
  );
  const store = createLogStore({ dir: bench.logs });
  const log = store.step({ run: 'parks-with-log', step: 'b', verb: 'apply', attempt: 1 });
  const command = await log.command({
    target: 'h1',
    line: 'tool --now',
    redactor: log.redactor([]),
  });
  await command.stderr(Buffer.from('no\n'));
  await command.end({ code: 1, durationMs: 1 });
  await store.close();
  await run.until('parked');
  const first = await delivered('parks-with-log/b/parked/1');
  expect(first.event).toMatchObject({
    source: '/runbook//parks-with-log',
    subject: 'parks-with-log/b',
    data: {
      title: 'A test',
      state: 'parked',
      step: 'b',
      target: 'h1',
      message: 'the tool says no',
      failure: { code: 'command-failed', hint: 'mend it' },
    },
  });
  expect(first.event.data.commands[0]?.command).toBe('runbook retry parks-with-log');
  await run.decide('retry', { step: 'b' });
  await delivered('parks-with-log/b/parked/2');
  await run.decide('cancel');
  await run.end();
  // The end is not asked for by this receiver.
  expect(ids()).toEqual(['parks-with-log/b/parked/1', 'parks-with-log/b/parked/2']);
  const second = receiver.deliveries[1];
  expect(second?.event.data).toMatchObject({ log: ['$ tool --now', 'no', 'exit 1'] });
  // Lines of the log are added by the worker that delivers: no history holds them.
  expect(await wordsOf('notification/parks-with-log/b/parked/2')).not.toContain('tool --now');
});

test('a secret of a header reaches the receiver, and no history', async () => {
  const notify = [
    hook({ webhook: { url: receiver.url, headers: { Authorization: { env: 'HOOK_AUTH' } } } }),
  ];
  receiver.answers.push(401);
  const run = await bench.start({ steps: [{ id: 'vote', approval: 'Go on?' }] }, { notify });
  await run.until('waiting');
  const asked = await delivered(`${run.handle.workflowId}/vote/approval/1`);
  expect(asked.headers.authorization).toBe('Bearer s3cr3t-of-the-hook');
  await bench.client.workflow
    .getHandle(`notification/${run.handle.workflowId}/vote/approval/1`)
    .result();
  await run.decide('approve');
  await run.end();
  const words = [
    await wordsOf(run.handle.workflowId),
    await wordsOf(`notification/${run.handle.workflowId}/vote/approval/1`),
  ].join('\n');
  expect(words).toContain('HOOK_AUTH');
  expect(words).not.toContain('s3cr3t');
});

test('each receiver is told for itself: a command gets the event while a webhook is away', async () => {
  const file = join(folder, 'taken');
  const notify: Receiver[] = [
    hook({ id: 'away', webhook: { url: 'http://127.0.0.1:1/' } }),
    { id: 'file', command: ['sh', '-c', 'cat > "$1.new" && mv "$1.new" "$1"', 'take', file] },
  ];
  const run = await bench.start({ steps: [{ id: 'by-hand', manual: 'Do it.' }] }, { notify });
  await run.until('waiting');
  await until(() => existsSync(file));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    type: 'io.runbook.run.waiting',
    data: { step: 'by-hand', message: 'Do it.' },
  });
  const id = `notification/${run.handle.workflowId}/by-hand/waiting/1`;
  const notification = bench.client.workflow.getHandle(id);
  expect((await notification.describe()).status.name).toBe('RUNNING');
  // One that ends badly is nothing to the run that it came from.
  await notification.terminate('the test has seen enough');
  await run.decide('confirm', { step: 'by-hand' });
  expect((await run.end()).state).toBe('succeeded');
});

test('numbers go on in a new history, and nothing is told twice', async () => {
  let stuck = true;
  bench.world.before = (verb, key) => {
    if (stuck && verb === 'apply' && key === 'y') throw broken('no');
  };
  // The first delivery is still to be tried again when the history changes.
  receiver.answers.push(500);
  const run = await bench.start(
    { steps: [set('a', 'x'), set('b', 'y')] },
    { notify: [hook()], newHistoryAfter: 1 },
  );
  const { workflowId } = run.handle;
  const historyOf = async (): Promise<string> => (await run.handle.describe()).runId;
  await delivered(`${workflowId}/b/parked/1`);
  const before = await historyOf();
  // Back to the first step, whose second success begins another history.
  await run.decide('undo', { step: 'a' });
  await delivered(`${workflowId}/a/parked/1`);
  await run.decide('retry', { step: 'a' });
  await delivered(`${workflowId}/b/parked/2`);
  expect(await historyOf()).not.toBe(before);
  stuck = false;
  await run.decide('retry', { step: 'b' });
  await run.end();
  await delivered(`${workflowId}/finished/1`);
  await bench.client.workflow.getHandle(`notification/${workflowId}/b/parked/1`).result();
  expect(ids().filter((id) => id === `${workflowId}/b/parked/1`)).toHaveLength(2);
  expect([...new Set(ids())]).toEqual([
    `${workflowId}/b/parked/1`,
    `${workflowId}/a/parked/1`,
    `${workflowId}/b/parked/2`,
    `${workflowId}/finished/1`,
  ]);
});

test('a run that is cancelled from outside tells of its end', async () => {
  const run = await bench.start(
    { steps: [{ id: 'by-hand', manual: 'Do it.' }] },
    { notify: [hook({ on: ['finished'] })] },
  );
  await run.until('waiting');
  await run.handle.cancel();
  const { event } = await delivered(`${run.handle.workflowId}/finished/1`);
  expect(event.data).toMatchObject({ state: 'cancelled', message: 'the run ended cancelled' });
});

test('a run that is refused before it begins tells of that', async () => {
  const run = await bench.start(
    { steps: [{ id: 'a', action: 'world.sett', input: {} }] },
    { notify: [hook()] },
  );
  expect((await run.end()).state).toBe('refused');
  const { event } = await delivered(`${run.handle.workflowId}/finished/1`);
  expect(event.data).toMatchObject({
    state: 'refused',
    failure: { code: 'definition-invalid' },
  });
});

test('an event that was told already is not told again, and that is no trouble to the run', async () => {
  const at = '2026-11-24T12:00:00.000Z';
  await bench.client.workflow.execute('notification', {
    taskQueue: bench.taskQueue,
    workflowId: 'notification/told-before/finished/1',
    args: [{ event: testNotification('told-before', 'p', 'ann', at), receivers: [hook()] }],
  });
  expect(receiver.deliveries).toHaveLength(1);
  const run = await bench.start({ steps: [set('a', 'x')] }, { notify: [hook()] }, 'told-before');
  expect((await run.end()).state).toBe('succeeded');
  expect(await wordsOf('told-before')).toContain('START_CHILD_WORKFLOW_EXECUTION_FAILED');
  expect(receiver.deliveries).toHaveLength(1);
});

test('a run that nobody is told of starts no workflow', async () => {
  const run = await bench.start(
    { steps: [set('a', 'x')] },
    { notify: [hook({ on: ['approval'] })] },
  );
  await run.end();
  expect(await wordsOf(run.handle.workflowId)).not.toContain('CHILD_WORKFLOW');
});
