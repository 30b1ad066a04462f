import { once } from 'node:events';
import { describe, expect } from '@jest/globals';
import type { Plan } from '../../core/record.js';
import { localHost } from '../../core/run/frame.js';
import type { Fence } from '../../core/run/lease.js';
import { set } from '../engines/steps.js';
import type { Bench } from '../temporal/bench.js';
import type { TestServer } from '../temporal/server.js';
import { stageOnTemporal, temporalTest as test } from '../temporal/stage.js';
import { broken, shaky } from '../temporal/world.js';

let server: TestServer;
let bench: Bench;
stageOnTemporal((made, on) => {
  bench = made;
  server = on;
});

describe('a run on Temporal', () => {
  test('changes what differs; its result is the record, which is archived too', async () => {
    bench.world.values['y'] = 2;
    const run = await bench.start({
      title: 'Test',
      steps: [
        set('a', 'x', 1),
        set('b', 'y', 2),
        { id: 'w', wait: 'world.is', input: { key: 'x', value: 1 } },
        {
          id: 's',
          action: 'world.slow',
          input: { key: 'z', value: '${{ steps.a.output.value + 1 }}' },
        },
      ],
    });
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(record.steps.map((step) => [step.path, step.outcome, step.target])).toEqual([
      ['a', 'changed', 'local'],
      ['b', 'unchanged', 'local'],
      ['w', 'unchanged', 'local'],
      ['s', 'changed', 'local'],
    ]);
    expect(bench.world.values).toEqual({ x: 1, y: 2, z: 2 });
    expect(bench.archived.at(-1)?.run).toBe(record.run);
  });

  test('the history reads like the runbook', async () => {
    const run = await bench.start({ steps: [set('a', 'x', 1, { title: 'Set x' })] });
    await run.end();
    const history = await run.handle.fetchHistory();
    const scheduled =
      history.events?.flatMap((event) =>
        event.activityTaskScheduledEventAttributes ? [event] : [],
      ) ?? [];
    const apply = scheduled.find(
      (event) =>
        event.activityTaskScheduledEventAttributes?.activityType?.name === 'world.set.apply',
    );
    expect(apply?.activityTaskScheduledEventAttributes?.activityId).toBe('a');
    expect(JSON.parse(Buffer.from(apply?.userMetadata?.summary?.data ?? []).toString())).toBe(
      'Set x',
    );
    // The check is a local activity: a marker of the task that schedules the apply, no activity of its own.
    expect(
      scheduled.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name),
    ).toEqual(['world.set.apply', 'archive']);
    expect(
      history.events?.some(
        (event) => event.markerRecordedEventAttributes?.markerName === 'core_local_activity',
      ),
    ).toBe(true);
    const description = await run.handle.describe();
    expect(description.type).toBe('test-run');
    expect(
      description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    ).toEqual(
      expect.arrayContaining([
        ['RunbookState', 'succeeded'],
        ['RunbookTarget', ['local']],
        ['RunbookName', 'test-run'],
      ]),
    );
  });

  test('an invalid definition or input is refused before anything is touched', async () => {
    const wrong = await (
      await bench.start({ steps: [{ id: 'a', action: 'world.sett', input: {} }] })
    ).end();
    expect(wrong).toMatchObject({
      state: 'refused',
      failedAs: 'refused',
      failure: { code: 'definition-invalid' },
    });
    expect(wrong.failure?.message).toContain("did you mean 'world.set'?");
    const input = await (
      await bench.start({
        inputs: { n: { type: 'number', description: 'A number.' } },
        steps: [set('a', 'x', 1)],
      })
    ).end();
    expect(input).toMatchObject({
      state: 'refused',
      failure: { code: 'input-invalid', message: 'n: is missing: A number.' },
    });
    expect(bench.world.log).toEqual([]);
  });
});

describe('parked', () => {
  test('a failure parks with its code and hint; decisions are updates, refused ones too', async () => {
    let stuck = true;
    bench.world.before = (verb, key) => {
      if (stuck && verb === 'apply' && key === 'y') throw broken('the tool says no');
    };
    const run = await bench.start({ steps: [set('a', 'x', 1), set('b', 'y', 1)] });
    const parked = await run.until('parked');
    expect(parked.waitingFor).toMatchObject([{ path: 'b', message: 'the tool says no' }]);
    expect(parked.steps[1]?.failure).toEqual({
      code: 'command-failed',
      message: 'the tool says no',
      hint: 'mend it',
      class: 'permanent',
    });
    await expect(run.decide('approve')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('no waiting step takes approve') },
    });
    await expect(run.decide('retry', { input: { nonsense: 1 } })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('does not fit world.set') },
    });
    await expect(run.decide('confirm')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('y is null, not 1') },
    });
    expect((await run.record()).state).toBe('parked');
    stuck = false;
    await run.decide('retry', { reason: 'mended' });
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(record.decisions).toMatchObject([
      { verb: 'retry', by: 'ann', step: 'b', reason: 'mended' },
    ]);
    const history = await run.handle.fetchHistory();
    const accepted =
      history.events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes) ?? [];
    expect(
      accepted.map(
        (event) =>
          event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name,
      ),
    ).toEqual(['retry', 'confirm', 'retry']);
  });

  test('transient failures are tried again by timers; undo puts back, and fails the workflow as undone', async () => {
    let times = 0;
    bench.world.before = (verb, key) => {
      if (verb === 'apply' && key === 'x' && times++ < 1) throw shaky('busy');
      if (verb === 'apply' && key === 'y') throw broken('no');
    };
    bench.world.values['x'] = 'old';
    const run = await bench.start({
      steps: [set('a', 'x', 1, { retry: { attempts: 3, interval: '100ms' } }), set('b', 'y', 1)],
    });
    const parked = await run.until('parked');
    expect(parked.steps[0]).toMatchObject({ outcome: 'changed', attempts: 2, before: 'old' });
    await run.decide('undo');
    const record = await run.end();
    expect(record).toMatchObject({ state: 'undone', failedAs: 'undone' });
    expect(bench.world.values).toEqual({ x: 'old' });
    expect((await run.handle.describe()).status.name).toBe('FAILED');
  });

  test('a check that fails, or takes longer than a local activity may, is a failure like any other', async () => {
    bench.world.before = async (verb, key) => {
      if (verb === 'check' && key === 'x') throw broken('cannot look');
      if (verb === 'check' && key === 'long')
        await new Promise((resolve) => setTimeout(resolve, 2500));
    };
    const failed = await (
      await bench.start({ onFailure: 'stop', steps: [set('a', 'x', 1)] })
    ).end();
    expect(failed).toMatchObject({
      state: 'stopped',
      failure: { code: 'command-failed', message: 'cannot look', hint: 'mend it' },
    });
    const long = await (await bench.start({ steps: [set('a', 'long', 1)] })).end();
    expect(long.state).toBe('succeeded');
  });

  test('in doubt: what must not happen twice is not done again after a lost worker', async () => {
    bench.world.before = async (verb, _key, signal) => {
      if (verb === 'apply')
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
    };
    const run = await bench.start({
      steps: [{ id: 'a', action: 'world.once', input: { key: 'x', value: 1 } }],
    });
    while (!bench.world.log.includes('apply x'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await bench.stopWorker();
    await bench.startWorker();
    const parked = await run.until('parked');
    expect(parked.steps[0]?.failure).toMatchObject({ code: 'in-doubt', class: 'in-doubt' });
    expect(bench.world.log.filter((line) => line === 'apply x')).toHaveLength(1);
    bench.world.values['x'] = 1;
    await run.decide('confirm');
    expect(await run.end()).toMatchObject({
      state: 'succeeded',
      steps: [{ outcome: 'confirmed' }],
    });
  });
});

describe('people', () => {
  test('manual, approval, pause and resume', async () => {
    const run = await bench.start({
      steps: [{ id: 'm', manual: 'Do it.' }, { id: 'ok', approval: 'Go?' }, set('a', 'x', 1)],
    });
    await run.until('waiting');
    await run.decide('pause');
    await run.decide('confirm', { step: 'm' });
    await run.until('paused');
    await run.decide('resume');
    await run.until('waiting');
    await run.decide('approve');
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    expect(record.decisions.map((decision) => decision.verb)).toEqual([
      'pause',
      'confirm',
      'resume',
      'approve',
    ]);
  });

  test("cancel stops the verb at work and runs finally; so does the Web UI's", async () => {
    const hang = async (verb: string, key: string, signal: AbortSignal): Promise<void> => {
      if (verb === 'apply' && key === 'slow') {
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      }
    };
    for (const cancel of ['update', 'request'] as const) {
      bench.world.before = hang;
      bench.world.log.length = 0;
      const run = await bench.start({
        steps: [set('a', 'x', cancel), set('b', 'slow', 1)],
        finally: [set('f', 'f', cancel)],
      });
      while (!bench.world.log.includes('apply slow'))
        await new Promise((resolve) => setTimeout(resolve, 20));
      if (cancel === 'update') await run.decide('cancel', { undo: true });
      else await run.handle.cancel();
      const record = await run.end();
      expect(record.state).toBe(cancel === 'update' ? 'undone' : 'cancelled');
      expect(bench.world.values['f']).toBe(cancel);
      expect(bench.world.values['x']).toBe(cancel === 'update' ? undefined : 'request');
    }
  });
});

describe('leases', () => {
  test('the second run is refused and told who has it; with wait it queues and gets it', async () => {
    const definition = {
      locks: ['host/a', 'cluster/lab/maintenance'],
      steps: [{ id: 'm', manual: 'x' }],
    };
    const first = await bench.start(definition);
    await first.until('waiting');
    const second = await (await bench.start(definition)).end();
    expect(second).toMatchObject({ state: 'refused', failure: { code: 'lease-held' } });
    expect(second.failure?.message).toContain(first.handle.workflowId);
    const third = await bench.start(definition, { wait: true });
    await third.until('queued');
    const fourth = await bench.start(definition, { wait: true });
    await fourth.until('queued');
    await fourth.decide('cancel');
    expect((await fourth.end()).state).toBe('cancelled');
    await first.decide('confirm');
    await first.end();
    await third.until('waiting');
    await third.decide('confirm');
    expect((await third.end()).state).toBe('succeeded');
    for (const resource of definition.locks) {
      await expect(
        bench.client.workflow.getHandle(`lease/${resource}`).result(),
      ).resolves.toBeUndefined();
    }
  });

  test('a change tells its target under which grants it is made, each of its own step', async () => {
    const first = await bench.start({ locks: ['host/f'], steps: [{ id: 'm', manual: 'x' }] });
    await first.until('waiting');
    bench.opened.length = 0;
    const run = await bench.start(
      {
        locks: ['host/f', { lease: 'host/g', mode: 'shared' }],
        onFailure: 'undo',
        steps: [
          set('a', 'x', 1),
          set('b', 'y', 1, { locks: ['host/h'] }),
          ...Array.from({ length: 8 }, (_, i) => set(`s${i}`, `k${i}`, i)),
          set('c', 'z', 1),
        ],
      },
      { wait: true, newHistoryAfter: 30 },
    );
    await run.until('queued');
    const granted = Date.now();
    bench.world.before = (verb, key) => {
      if (verb === 'apply' && key === 'z') throw broken('no');
    };
    await first.decide('confirm');
    expect((await run.end()).state).toBe('undone');
    const of = (step: string, verb: string): unknown =>
      bench.opened.find((one) => one.step === step && one.verb === verb)?.leases;
    const own = [
      { resource: 'host/f', mode: 'exclusive', fence: expect.any(Number) },
      { resource: 'host/g', mode: 'shared', fence: expect.any(Number) },
    ];
    const lent = { resource: 'host/h', mode: 'exclusive', fence: expect.any(Number) };
    expect(of('a', 'check')).toEqual([]);
    expect(of('a', 'apply')).toEqual(own);
    expect(of('b', 'apply')).toEqual([...own, lent]);
    // In a new history, and while it is undone.
    expect(of('c', 'apply')).toEqual(of('a', 'apply'));
    expect(of('a', 'undo')).toEqual(of('a', 'apply'));
    const [again] = (of('b', 'undo') as Fence[]).slice(-1);
    expect(again?.fence).toBeGreaterThan((of('b', 'apply') as Fence[])[2]?.fence ?? Infinity);
    expect((of('a', 'apply') as Fence[])[0]?.fence).toBeGreaterThanOrEqual(granted);
  });

  test('a lease whose holder was terminated is free', async () => {
    const definition = { locks: ['host/b'], steps: [{ id: 'm', manual: 'x' }] };
    const first = await bench.start(definition);
    await first.until('waiting');
    await first.handle.terminate('gone');
    const second = await bench.start(definition);
    await second.until('waiting');
    await second.decide('confirm');
    expect((await second.end()).state).toBe('succeeded');
  });
});

describe('beside the steps', () => {
  test('a probe counts until the end', async () => {
    bench.world.values['up'] = true;
    const run = await bench.start({
      probes: [
        {
          id: 'svc',
          action: 'world.is',
          input: { key: 'up', value: true, every: 20 },
          maxFailed: 1000,
        },
      ],
      steps: [
        { id: 'd', delay: '1s' },
        set('down', 'up', false),
        { id: 'e', delay: '500ms' },
        set('again', 'up', true),
      ],
    });
    const record = await run.end();
    expect(record.state).toBe('succeeded');
    const [probe] = record.probes;
    expect(probe?.sent).toBeGreaterThan(20);
    expect(probe?.failed).toBeGreaterThan(3);
    expect(probe?.failed).toBeLessThan(probe?.sent ?? 0);
  });

  test('calls run another runbook in the same history', async () => {
    bench.runbooks['worker'] = bench.request({
      name: 'worker',
      inputs: { n: { type: 'number', description: 'd' } },
      steps: [set('inner', 'i', '${{ inputs.n }}')],
      outputs: { i: '${{ steps.inner.output.value }}' },
    }).runbook;
    const run = await bench.start({
      steps: [
        { id: 'w', call: 'worker', input: { n: 5 } },
        set('b', 'y', '${{ steps.w.output.i }}'),
      ],
    });
    const record = await run.end();
    expect(record.failure).toBeNull();
    expect(record.steps.map((step) => [step.path, step.outcome])).toEqual([
      ['w', 'unchanged'],
      ['w/inner', 'changed'],
      ['b', 'changed'],
    ]);
    expect(bench.world.values).toEqual({ i: 5, y: 5 });
  });
});

describe('a plan', () => {
  test('is made by checks alone, and a run bound to it is refused when the state has moved', async () => {
    const definition = { steps: [set('a', 'x', 1), set('b', 'y', '${{ steps.a.output.value }}')] };
    const plan = (): Promise<{ hash: string; steps: { path: string; kind: string }[] }> =>
      bench.client.workflow.execute('plan', {
        taskQueue: bench.taskQueue,
        workflowId: `plan/test/${Math.random()}`,
        args: [bench.request(definition)],
      });
    const first = await plan();
    expect(first.steps.map((step) => step.kind)).toEqual(['change', 'deferred']);
    expect((await plan()).hash).toBe(first.hash);
    expect(bench.world.values).toEqual({});
    bench.world.values['x'] = 'moved';
    const refused = await (await bench.start(definition, { planHash: first.hash })).end();
    expect(refused).toMatchObject({ state: 'refused', failure: { code: 'plan-changed' } });
    delete bench.world.values['x'];
    expect((await (await bench.start(definition, { planHash: first.hash })).end()).state).toBe(
      'succeeded',
    );
  });
});

describe('a plan of many targets', () => {
  test('is made of few activities; what fails on one is told of that one', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `h${at + 1}`);
    const hosts = Object.fromEntries(names.map((name) => [name, { ...localHost, name }]));
    const steps = [set('a', '${{ target.name }}', 1, { on: names })];
    bench.world.values['h2'] = 1;
    bench.world.before = (_verb, key) => {
      if (key === 'h60') throw broken('no route to it');
    };
    const handle = await bench.client.workflow.start('plan', {
      taskQueue: bench.taskQueue,
      workflowId: `plan/test/${Math.random()}`,
      args: [bench.request({ steps }, { inventory: { hosts, clusters: {}, groups: {} } })],
    });
    const plan = (await handle.result()) as Plan;
    expect(plan.steps).toHaveLength(60);
    expect(plan.steps.map(({ target }) => target)).toEqual(names);
    expect(plan.steps[0]).toMatchObject({ kind: 'change', drift: 'h1 is null, not 1' });
    expect(plan.steps[1]).toMatchObject({ kind: 'no-op', drift: null });
    expect(plan.steps[59]).toMatchObject({ kind: 'undetermined', drift: 'no route to it' });
    expect(bench.world.log).toHaveLength(59);
    const { events = [] } = await handle.fetchHistory();
    const local = events?.filter(
      ({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_local_activity',
    );
    // The definition, twice the targets, the hash.
    expect(local).toHaveLength(4);
  });

  test('inside of a run, looks again by itself where a check takes long', async () => {
    const hosts = { h1: { ...localHost, name: 'h1' }, h2: { ...localHost, name: 'h2' } };
    const steps = [set('a', '${{ target.name }}', 1, { on: ['h1', 'h2'] })];
    const inventory = { hosts, clusters: {}, groups: {} };
    const looked: string[] = [];
    bench.world.before = async (_verb, key, signal) => {
      if (looked.push(key) === 1) await once(signal, 'abort');
    };
    const run = await bench.start({ steps }, { inventory, planHash: 'of another plan' });
    expect(await run.end()).toMatchObject({
      state: 'refused',
      failure: { code: 'plan-changed' },
    });
    expect(looked).toEqual(['h1', 'h2', 'h1']);
  });
});

describe('a long life', () => {
  test('goes on in a new history, with its leases, its probe and its undo', async () => {
    bench.world.values['up'] = true;
    bench.world.before = (verb, key) => {
      if (verb === 'apply' && key === 'last') throw broken('no');
    };
    const steps = Array.from({ length: 12 }, (_, i) => set(`s${i}`, `k${i}`, i));
    const run = await bench.start(
      {
        onFailure: 'undo',
        locks: ['host/c'],
        probes: [{ id: 'svc', action: 'world.is', input: { key: 'up', value: true } }],
        steps: [...steps, set('last', 'last', 1)],
      },
      { newHistoryAfter: 40 },
    );
    const first = await run.handle.describe();
    const record = await run.end();
    expect(record.state).toBe('undone');
    expect(record.steps.map((step) => step.outcome)).toEqual([
      ...steps.map(() => 'undone'),
      'undone',
    ]);
    expect(bench.world.values).toEqual({ up: true });
    expect((await run.handle.describe()).runId).not.toBe(first.runId);
    expect(record.probes[0]?.sent).toBeGreaterThan(2);
    const again = await bench.start({ locks: ['host/c'], steps: [set('a', 'x', 1)] });
    expect((await again.end()).state).toBe('succeeded');
  });

  test('survives a server that is killed while it waits', async () => {
    const run = await bench.start({
      steps: [set('a', 'x', 1), { id: 'm', manual: 'x' }, set('b', 'y', 1)],
    });
    await run.until('waiting');
    server.kill();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await server.up();
    await run.decide('confirm');
    expect((await run.end()).state).toBe('succeeded');
    expect(bench.world.log.filter((line) => line === 'apply x')).toHaveLength(1);
  });
});
