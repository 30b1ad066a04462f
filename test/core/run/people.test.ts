import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

describe('people', () => {
  test('manual: confirmed by a person, or by time where the runbook says so', async () => {
    const run = new MemoryRun({
      inputs: {},
      steps: [{ id: 'm', manual: 'Swap the PSU of ${{ run.id }}.' }, set('a', 'x', 1)],
    });
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'waiting',
      waitingFor: [{ kind: 'manual', message: 'Swap the PSU of test-1.' }],
    });
    await run.decide('confirm');
    await run.execute();
    expect(run.outcomes()).toEqual({ m: 'confirmed', a: 'changed' });

    const timed = new MemoryRun({
      steps: [
        { id: 'm', manual: 'x', timeout: '10m', onTimeout: 'continue' },
        { id: 'n', manual: 'y', timeout: '10m', onFailure: 'stop' },
      ],
    });
    await timed.execute();
    expect(timed.outcomes()).toEqual({ m: 'skipped', n: 'failed' });
    expect(timed.record.failure?.code).toBe('step-timeout');
  });

  test('an edited input voids the approvals that were given: they are asked for again', async () => {
    const definition = {
      steps: [{ id: 'ok', approval: 'Go?' }, set('a', 'x', 1), set('b', 'y', 1)],
    };
    const before = ({ path, verb, input }: VerbRequest): void => {
      if (path === 'b' && verb === 'apply' && input['value'] === 1) throw failure('no');
    };
    const run = new MemoryRun(definition, { before });
    await run.execute();
    await run.decide('approve');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'b' }]);
    // Without another input it is the same thing that was approved.
    await run.decide('retry');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'b', kind: 'park' }]);
    await run.decide('retry', { input: { value: 2 } });
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([
      { path: 'ok', kind: 'approval', message: expect.stringContaining("the input of 'b'") },
    ]);
    expect(run.world).toEqual({ x: 1 });
    await run.decide('reject', { reason: 'not that' });
    await run.execute();
    expect(run.record.state).toBe('parked');
    await run.decide('retry');
    await run.execute();
    await run.decide('approve');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.world).toEqual({ x: 1, y: 2 });
  });

  test('approval: approve goes on; reject refuses an untouched run and parks a touched one', async () => {
    const definition = {
      steps: [{ id: 'ok', approval: 'Go?' }, set('a', 'x', 1), { id: 'sure', approval: 'Really?' }],
    };
    const rejected = new MemoryRun(definition);
    await rejected.execute();
    await rejected.decide('reject');
    await rejected.execute();
    expect(rejected.record).toMatchObject({ state: 'refused', failure: { code: 'rejected' } });

    const later = new MemoryRun(definition);
    await later.execute();
    await later.decide('approve');
    await later.execute();
    await later.decide('reject');
    await later.execute();
    expect(later.record).toMatchObject({
      state: 'parked',
      waitingFor: [{ path: 'sure', kind: 'park' }],
    });

    const silent = new MemoryRun({
      steps: [{ id: 'ok', approval: 'Go?', timeout: '1h' }, set('a', 'x', 1)],
    });
    await silent.execute();
    expect(silent.record.state).toBe('refused');
    const yes = new MemoryRun({
      steps: [{ id: 'ok', approval: 'Go?', timeout: '1h', onTimeout: 'approve' }],
    });
    await yes.execute();
    expect(yes.record.state).toBe('succeeded');
  });

  test('pause holds between steps; resume looks again at what was done', async () => {
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), set('b', 'y', 1)] },
      {
        before: ({ path, verb }) => {
          if (path === 'a' && verb === 'apply') void run.decide('pause');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('paused');
    expect(run.outcomes()).toEqual({ a: 'changed', b: null });
    run.world['x'] = 'someone else was here';
    await run.decide('resume');
    await run.execute();
    expect(run.record).toMatchObject({ state: 'parked', waitingFor: [{ path: 'a' }] });
    expect(run.record.steps[0]?.failure).toMatchObject({ code: 'regressed' });
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 1, y: 1 });
  });

  test('cancel ends the step at work and runs finally; --undo puts back first', async () => {
    const definition = {
      steps: [
        set('a', 'x', 1),
        { id: 'w', wait: 'world.is', input: { key: 'never', value: 1 }, settle: { timeout: '1h' } },
      ],
      finally: [set('f', 'f', 1)],
    };
    const cancelling = (undo: boolean): MemoryRun => {
      let looks = 0;
      const run = new MemoryRun(definition, {
        before: ({ path, verb }) => {
          if (path === 'w' && verb === 'verify' && looks++ === 0)
            setImmediate(() => void run.decide('cancel', { undo }));
        },
      });
      return run;
    };
    const plain = cancelling(false);
    await plain.execute();
    expect(plain.record.state).toBe('cancelled');
    expect(plain.world).toEqual({ x: 1, f: 1 });
    const undone = cancelling(true);
    await undone.execute();
    expect(undone.record.state).toBe('undone');
    expect(undone.world).toEqual({ f: 1 });
  });

  test('a cancel from the Web UI is treated as one', async () => {
    const run = new MemoryRun({
      locks: ['l'],
      steps: [set('a', 'x', 1), { id: 'm', manual: 'x' }],
      finally: [set('f', 'f', 1)],
    });
    await run.execute();
    run.cancelFromOutside();
    await run.execute();
    expect(run.record.state).toBe('cancelled');
    expect(run.world).toEqual({ x: 1, f: 1 });
    expect(run.released).toEqual([['l']]);
  });
});

test('a decision may not carry more than the record can hold', async () => {
  const run = new MemoryRun({ steps: [{ id: 'm', manual: 'do it' }] });
  await run.execute();
  const large = { verb: 'confirm', step: 'm', by: 'ada', reason: 'ü'.repeat(600) } as const;
  expect(run.interpreter.refusal(large)).toBe(
    'the reason of a decision may have 1024 bytes; this has 1200',
  );
  const outputs = { text: 'x'.repeat(2000) };
  expect(run.interpreter.refusal({ ...large, reason: 'x', outputs })).toMatch(/^the outputs of/);
  expect(run.interpreter.refusal({ ...large, reason: 'x' })).toBeNull();
});
