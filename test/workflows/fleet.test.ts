import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { stateToUndo } from '../../core/run/past.js';
import type { Resume } from '../../core/run/request.js';
import { needs } from '../needs.js';
import { Bench, TestRun } from '../temporal/bench.js';
import { hasTemporal, temporalBinary, TestServer } from '../temporal/server.js';
import { broken } from '../temporal/world.js';

const test = needs({ files: [temporalBinary] });

const set = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `w${n}`);
const fleetOf = (items: readonly unknown[], more: object = {}): object => ({
  id: 'hosts',
  forEach: items,
  steps: [set('mark', '${{ item }}', 1)],
  ...more,
});

let server: TestServer;
let bench: Bench;
beforeAll(async () => {
  if (!hasTemporal) return;
  server = await TestServer.start();
  bench = await Bench.create(server);
}, 60_000);
afterAll(async () => {
  await bench?.close();
  await server?.stop();
}, 60_000);
beforeEach(() => {
  if (!hasTemporal) return;
  for (const key of Object.keys(bench.world.values)) delete bench.world.values[key];
  bench.world.log.length = 0;
  bench.world.before = () => {};
});

/** Fails the apply of keys until they are taken out. */
function stuck(...keys: string[]): Set<string> {
  const left = new Set(keys);
  bench.world.before = (verb, key) => {
    if (verb === 'apply' && left.has(key)) throw broken(`${key} is stuck`);
  };
  return left;
}

function item(id: string): TestRun {
  return new TestRun(bench.client.workflow.getHandle(id));
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a fleet on Temporal', () => {
  test('fifty items in waves, through histories of a few events, each done once', async () => {
    const run = await bench.start(
      {
        steps: [
          set('first', 'x', 1),
          fleetOf(names(50), { waves: [1, '25%', '100%'], maxUnavailable: 10 }),
          set('last', 'y', '${{ steps.hosts.output.changed }}'),
        ],
      },
      { newHistoryAfter: 60 },
    );
    const record = await run.end();
    expect(record.failure).toBeNull();
    expect(record.state).toBe('succeeded');
    expect(bench.world.values['y']).toBe(50);
    expect(record.children).toHaveLength(50);
    const applied = bench.world.log.filter((line) => line.startsWith('apply w'));
    expect(applied).toHaveLength(50);
    expect(new Set(applied).size).toBe(50);
    // It went on in new histories meanwhile, and the items are its own all the same.
    const first = await bench.client.workflow.getHandle(record.run).fetchHistory();
    expect(
      first.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '',
    ).not.toBe('');
    await eventually(
      async () =>
        (await item(`${record.run}/hosts/w49`).handle.describe()).status.name === 'COMPLETED',
    );
    const child = await item(`${record.run}/hosts/w49`).end();
    expect(child).toMatchObject({ parent: record.run, state: 'succeeded' });
    expect(bench.archived.map(({ run: id }) => id)).toContain(child.run);
  }, 60_000);

  test('an item parks, its siblings go on; its own run takes the decision; then all is put back', async () => {
    const left = stuck('w1');
    const run = await bench.start(
      {
        steps: [
          fleetOf(names(4), { maxUnavailable: 4, failureBudget: 1 }),
          { id: 'hand', manual: 'go on' },
        ],
      },
      { newHistoryAfter: 25 },
    );
    const parked = await run.until('parked');
    const [waiting] = parked.waitingFor;
    expect(waiting).toMatchObject({ path: 'hosts[w1]/mark', message: 'w1 is stuck' });
    await eventually(async () => Object.keys(bench.world.values).length === 3);
    await expect(run.decide('retry', { step: 'hosts[w1]/mark' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('in its own run') },
    });
    left.clear();
    await item(waiting?.run ?? '').decide('retry');
    const asked = await run.until('waiting');
    expect(asked.waitingFor).toMatchObject([{ path: 'hand' }]);
    await run.decide('undo');
    const record = await run.end();
    expect(record.state).toBe('undone');
    expect(bench.world.values).toEqual({});
    const undone = bench.world.log
      .filter((line) => line.startsWith('undo'))
      .map((line) => line.slice(5));
    // Side by side, as they were done.
    expect(undone.toSorted()).toEqual(['w0', 'w1', 'w2', 'w3']);
    expect((await item(`${record.run}/hosts/w0`).end()).failedAs).toBe('undone');
  }, 30_000);

  test('an item that was ended from outside is a failed one; begun again it is done', async () => {
    const left = stuck('w0');
    const run = await bench.start({ steps: [fleetOf(names(2))] });
    await run.until('parked');
    left.clear();
    const { run: id } = await run.record();
    await item(`${id}/hosts/w0`).handle.terminate('by a test');
    await eventually(async () =>
      (await run.record()).steps.some(
        ({ path, outcome }) => path === 'hosts[w0]' && outcome === 'failed',
      ),
    );
    expect((await run.record()).waitingFor.map(({ path }) => path)).toEqual(['hosts']);
    await run.decide('retry');
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(bench.world.values).toEqual({ w0: 1, w1: 1 });
  }, 30_000);

  test('the lease of the run is that of its items; those of an item are taken by each', async () => {
    const run = await bench.start({
      locks: ['host/all'],
      steps: [fleetOf(names(2), { locks: ['host/all', 'host/${{ item }}'] })],
    });
    const record = await run.end();
    expect(record.failure).toBeNull();
    const fences = bench.opened
      .filter(({ step }) => step === 'hosts[w1]/mark')
      .flatMap(({ leases }) => leases ?? []);
    expect(new Set(fences.map(({ resource }) => resource))).toEqual(
      new Set(['host/all', 'host/w1']),
    );
  }, 30_000);

  test('a worker that comes back goes on with all of it', async () => {
    const run = await bench.start({
      steps: [fleetOf(names(6), { maxUnavailable: 3 }), set('last', 'y', 1)],
    });
    await eventually(async () => bench.world.log.some((line) => line.startsWith('apply w')));
    await bench.stopWorker();
    await bench.startWorker();
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(Object.keys(bench.world.values)).toHaveLength(7);
  }, 60_000);

  test('cancelled, its items end too', async () => {
    const run = await bench.start({
      steps: [
        {
          id: 'hosts',
          forEach: names(2),
          maxUnavailable: 2,
          steps: [set('mark', '${{ item }}', 1), { id: 'hand', manual: 'go on' }],
        },
      ],
    });
    await eventually(async () => (await run.record()).waitingFor.length === 2);
    await run.decide('cancel');
    const record = await run.end();
    expect(record.state).toBe('cancelled');
    expect((await item(`${record.run}/hosts/w0`).end()).failedAs).toBe('cancelled');
  }, 30_000);

  test('after a pause of the run around them they look again, through histories of a few events', async () => {
    const run = await bench.start(
      {
        steps: [
          fleetOf(names(3), { maxUnavailable: 3 }),
          { id: 'hand', manual: 'go on' },
          set('last', 'y', 1),
        ],
      },
      { newHistoryAfter: 25 },
    );
    await run.until('waiting');
    await run.decide('pause');
    await run.decide('confirm');
    await run.until('paused');
    bench.world.values['w1'] = 'of somebody else';
    await run.decide('resume');
    const { waitingFor } = await run.until('parked');
    expect(waitingFor).toMatchObject([{ path: 'hosts[w1]/mark' }]);
    expect(bench.world.values['y']).toBeUndefined();
    await item(waitingFor[0]?.run ?? '').decide('retry');
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(bench.world.values).toEqual({ w0: 1, w1: 1, w2: 1, y: 1 });
  }, 30_000);

  test('that has ended is put back by a run of its own, whose items are its own', async () => {
    const old = await bench.start({ steps: [fleetOf(names(3), { maxUnavailable: 3 })] });
    const ended = await old.end();
    const resume = await old.handle.query<Resume>('resume');
    const by = { run: `${ended.run}-undo-1`, user: 'eve', startedAt: ended.startedAt };
    const request = bench.request({ steps: [fleetOf(names(3), { maxUnavailable: 3 })] });
    const of = { id: ended.run, startedAt: ended.startedAt, user: 'ann' };
    const handle = await bench.client.workflow.start('undo-run', {
      taskQueue: bench.taskQueue,
      workflowId: by.run,
      args: [
        {
          ...request,
          resume: { ...resume, state: stateToUndo(resume.state, by) },
          undo: { of, from: ended.run, force: false },
        },
      ],
    });
    const record = await new TestRun(handle).end();
    expect(record).toMatchObject({ state: 'succeeded', undoes: ended.run });
    expect(bench.world.values).toEqual({});
    expect(await item(`${by.run}/hosts/w1`).end()).toMatchObject({
      failedAs: 'undone',
      undoes: `${ended.run}/hosts/w1`,
    });
  }, 30_000);
});
