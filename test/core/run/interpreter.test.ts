import { describe, expect, test } from '@jest/globals';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

describe('steps', () => {
  test('what differs is changed, what does not is left alone', async () => {
    const run = new MemoryRun({ steps: [set('a', 'x', 1), set('b', 'y', 2)] }, { world: { y: 2 } });
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    expect(run.outcomes()).toEqual({ a: 'changed', b: 'unchanged' });
    expect(run.world).toEqual({ x: 1, y: 2 });
    expect(run.requests.map((r) => `${r.path} ${r.verb}`)).toEqual([
      'a check',
      'a apply',
      'b check',
    ]);
  });

  test('an expression sees inputs and what earlier steps found and made', async () => {
    const run = new MemoryRun(
      {
        inputs: { n: { type: 'number', description: 'n' } },
        steps: [
          set('a', 'x', '${{ inputs.n }}'),
          set('b', 'y', '${{ steps.a.output.value + 1 }}', { if: '${{ steps.a.changed }}' }),
          set('c', 'z', '${{ steps.a.before }}'),
          set('d', 'w', 1, { if: '${{ !steps.a.changed }}' }),
        ],
        outputs: { y: '${{ steps.b.output.value }}' },
      },
      { inputs: { n: 4 }, world: { x: 'old' } },
    );
    const record = await run.execute();
    expect(record.failure).toBeNull();
    expect(run.world).toEqual({ x: 4, y: 5, z: 'old' });
    expect(run.outcomes()['d']).toBe('skipped');
    expect(record.outputs).toEqual({ y: 5 });
  });

  test('a transient failure is tried again, with growing pauses; a permanent one is not', async () => {
    let failures = 2;
    const run = new MemoryRun(
      { onFailure: 'stop', steps: [set('a', 'x', 1)] },
      {
        before: ({ verb }) => {
          if (verb === 'apply' && failures-- > 0) throw failure('busy', 'transient');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.record.steps[0]?.attempts).toBe(3);

    const hopeless = new MemoryRun(
      { onFailure: 'stop', steps: [set('a', 'x', 1), set('b', 'y', 1)] },
      {
        before: ({ verb }) => {
          if (verb === 'apply') throw failure('no such key');
        },
      },
    );
    await hopeless.execute();
    expect(hopeless.record.state).toBe('stopped');
    expect(hopeless.record.failure?.message).toBe('no such key');
    expect(hopeless.outcomes()).toEqual({ a: 'failed', b: null });
    expect(hopeless.requests.filter((r) => r.verb === 'apply')).toHaveLength(1);
  });

  test('an apply that was lost half way and found done is changed, with the first before', async () => {
    let first = true;
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), { id: 'back', restore: 'a' }] },
      {
        world: { x: 'old' },
        before: ({ verb }, world) => {
          if (verb !== 'apply' || !first) return;
          first = false;
          world['x'] = 1;
          throw failure('answer lost', 'transient');
        },
      },
    );
    await run.execute();
    expect(run.outcomes()).toEqual({ a: 'changed', back: 'restored' });
    expect(run.world).toEqual({ x: 'old' });
  });

  test('a wait waits, and fails with what is still missing', async () => {
    let looks = 0;
    const run = new MemoryRun(
      {
        onFailure: 'stop',
        steps: [
          { id: 'w', wait: 'world.is', input: { key: 'x', value: 1 } },
          { id: 'v', wait: 'world.is', input: { key: 'y', value: 1 }, settle: { timeout: '3s' } },
        ],
      },
      {
        before: (_request, world) => {
          looks += 1;
          if (looks === 2) world['x'] = 1;
        },
      },
    );
    await run.execute();
    expect(run.outcomes()).toEqual({ w: 'unchanged', v: 'failed' });
    expect(run.record.failure).toMatchObject({ code: 'wait-timeout', message: 'y is null' });
  });

  test('a read-only action as a step is an assertion', async () => {
    const run = new MemoryRun({
      onFailure: 'stop',
      steps: [{ id: 'a', action: 'world.is', input: { key: 'x', value: 1 } }],
    });
    await run.execute();
    expect(run.record.failure).toMatchObject({ code: 'does-not-hold' });
  });

  test('groups: parallel and steps, with a condition for all', async () => {
    const run = new MemoryRun({
      steps: [
        {
          id: 'p',
          parallel: [set('a', 'x', 1), { id: 'g', steps: [set('b', 'y', 1), set('c', 'z', 1)] }],
        },
        { id: 'off', if: '${{ false }}', steps: [set('d', 'w', 1)] },
      ],
    });
    await run.execute();
    expect(run.outcomes()).toEqual({
      p: 'unchanged',
      'p/a': 'changed',
      'p/g': 'unchanged',
      'p/g/b': 'changed',
      'p/g/c': 'changed',
      off: 'skipped',
      'off/d': 'skipped',
    });
  });

  test('continue goes on without a failed step', async () => {
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1, { onFailure: 'continue' }), set('b', 'y', 1)] },
      {
        before: ({ path, verb }) => {
          if (path === 'a' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.outcomes()).toEqual({ a: 'failed', b: 'changed' });
  });

  test('delay waits, finally runs also after a stop', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'stop',
        steps: [{ id: 'd', delay: '1h' }, set('a', 'x', 1)],
        finally: [set('last', 'l', 1)],
      },
      {
        before: ({ path, verb }) => {
          if (path === 'a' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('stopped');
    expect(run.outcomes()).toEqual({ d: 'unchanged', a: 'failed', last: 'changed' });
    expect(
      Date.parse(run.record.endedAt ?? '') - Date.parse(run.record.startedAt),
    ).toBeGreaterThanOrEqual(3600_000);
  });
});

describe('undo', () => {
  test('newest first, to the state found; what was not changed is left alone', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'x', 2), set('d', 'z', 1)],
        finally: [set('f', 'f', 1)],
      },
      {
        world: { x: 'old', y: 1, f: 0 },
        before: ({ path, verb }) => {
          if (path === 'd' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.record.failure?.message).toBe('no');
    expect(run.world).toEqual({ x: 'old', y: 1, f: 1 });
    expect(run.requests.filter((r) => r.verb === 'undo').map((r) => [r.path, r.before])).toEqual([
      ['d', null],
      ['a', 'old'],
    ]);
    expect(run.outcomes()).toEqual({
      a: 'undone',
      b: 'unchanged',
      c: 'undone',
      d: 'undone',
      f: 'changed',
    });
  });

  test('what was restored by the runbook is not undone again', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [set('a', 'x', 1), set('b', 'y', 1), { id: 'back', restore: 'a' }, set('c', 'z', 1)],
      },
      {
        before: ({ path, verb }) => {
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.requests.filter((r) => r.verb === 'undo').map((r) => r.path)).toEqual([
      'back',
      'c',
      'b',
    ]);
    expect(run.world).toEqual({});
  });

  test('conditions after an undo hold before the next one, also on targets never reached', async () => {
    const order: string[] = [];
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [
          set('a', 'x', 1),
          set('b', 'y', 1, { afterUndo: ['w'] }),
          set('c', 'z', 1),
          { id: 'w', wait: 'world.is', on: ['local'], input: { key: 'y', value: null } },
        ],
      },
      {
        before: ({ path, verb }) => {
          order.push(`${path} ${verb}`);
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(order.slice(order.indexOf('c undo'))).toEqual([
      'c undo',
      'b undo',
      'w[local] check',
      'a undo',
    ]);
  });

  test('a later action that a step names in afterUndo goes back right after it', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [
          set('a', 'w', 1),
          set('config', 'x', 1, { afterUndo: ['restart', 'w'] }),
          set('b', 'y', 1),
          set('restart', 'z', 1),
          { id: 'w', wait: 'world.is', on: ['local'], input: { key: 'z', value: 1 } },
          set('c', 'v', 1),
        ],
      },
      {
        before: ({ path, verb }) => {
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.requests.filter((r) => r.verb === 'undo').map((r) => r.path)).toEqual([
      'c',
      'b',
      'config',
      'restart',
      'a',
    ]);
    expect(run.world).toEqual({});
  });

  test('a failed undo parks; confirm, skip and cancel end it', async () => {
    const stuck = {
      onFailure: 'undo',
      steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)],
    };
    const setting = {
      before: ({ path, verb }: { path: string; verb: string }) => {
        if (path === 'c' && verb === 'apply') throw failure('no');
        if (path === 'b' && verb === 'undo') throw failure('will not go back');
      },
    };
    const left = new MemoryRun(stuck, setting);
    await left.execute();
    expect(left.record).toMatchObject({
      state: 'parked',
      waitingFor: [{ path: 'b', message: 'undo: will not go back' }],
    });
    await left.decide('skip');
    await left.execute();
    expect(left.record.state).toBe('undone');
    expect(left.outcomes()).toEqual({ a: 'undone', b: 'failed', c: 'undone' });
    expect(left.record.steps[1]).toMatchObject({
      applied: true,
      restored: false,
      note: 'not undone: left as it is by ann: because',
    });

    const cancelled = new MemoryRun(stuck, setting);
    await cancelled.execute();
    await cancelled.decide('cancel');
    await cancelled.execute();
    expect(cancelled.record.state).toBe('cancelled');
    expect(cancelled.outcomes()['a']).toBe('changed');
  });

  test('down to a step, then on from there, or all the way', async () => {
    let broken = true;
    const definition = { steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)] };
    const setting = {
      before: ({ path, verb }: { path: string; verb: string }) => {
        if (broken && path === 'c' && verb === 'apply') throw failure('no');
      },
    };
    const again = new MemoryRun(definition, setting);
    await again.execute();
    await again.decide('undo', { step: 'b' });
    await again.execute();
    expect(again.record.waitingFor).toMatchObject([
      { path: 'b', verbs: ['retry', 'undo', 'cancel'] },
    ]);
    expect(again.world).toEqual({ x: 1 });
    broken = false;
    await again.decide('retry');
    await again.execute();
    expect(again.record.state).toBe('succeeded');
    expect(again.world).toEqual({ x: 1, y: 1, z: 1 });

    broken = true;
    const all = new MemoryRun(definition, setting);
    await all.execute();
    await all.decide('undo', { step: 'b' });
    await all.execute();
    await all.decide('undo');
    await all.execute();
    expect(all.record.state).toBe('undone');
    expect(all.world).toEqual({});
  });

  test('a restored resource is done with, also where a later step had changed it again', async () => {
    let broken = true;
    const run = new MemoryRun(
      {
        steps: [
          set('a', 'x', 1),
          set('b', 'x', 2),
          { id: 'back', restore: 'a' },
          set('c', 'z', 1),
          set('d', 'z', 2),
        ],
      },
      {
        world: { x: 0 },
        before: ({ path, verb }) => {
          if (broken && path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.world).toEqual({ x: 0 });
    broken = false;
    // Looked at again: nobody misses what was put back.
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 0, z: 2 });
  });

  test('an undo that parks is not begun a second time', async () => {
    let stuck = true;
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), { id: 'm', manual: 'Do it.' }] },
      {
        before: ({ verb }) => {
          if (stuck && verb === 'undo') throw failure('will not go back');
        },
      },
    );
    await run.execute();
    await run.decide('undo');
    await run.execute();
    expect(run.record.state).toBe('parked');
    await expect(run.decide('undo')).rejects.toThrow('the run is being undone already');
    stuck = false;
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('undone');
  });

  test('an edited input that means another resource leaves the first one as it was found', async () => {
    let attempt = 0;
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), set('b', 'b', 1)] },
      {
        world: { x: 'X', y: 'Y' },
        before: ({ path, verb }, world) => {
          if (verb !== 'apply') return;
          attempt += 1;
          if (attempt === 1) world['x'] = 'half';
          if (attempt === 1 || path === 'b') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.world).toEqual({ x: 'half', y: 'Y' });
    await run.decide('retry', { input: { key: 'y' } });
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'b' }]);
    expect(run.record.steps[0]).toMatchObject({ before: 'Y', resource: 'key/y' });
    expect(run.world).toEqual({ x: 'X', y: 1 });
    await run.decide('undo');
    await run.execute();
    expect(run.world).toEqual({ x: 'X', y: 'Y' });
  });

  test('what cannot be undone is not left half done for another resource', async () => {
    const run = new MemoryRun(
      { steps: [{ id: 'a', action: 'world.burn', input: { key: 'x' } }] },
      {
        before: ({ verb }) => {
          if (verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    await run.decide('retry', { input: { key: 'x' } });
    await run.execute();
    await expect(run.decide('retry', { input: { key: 'y' } })).rejects.toThrow(
      'it has begun to change key/x, which cannot be undone, and would go on with key/y',
    );
  });

  test('of two decisions at the same moment one is taken, and the other is not kept', async () => {
    let broken = true;
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1)] },
      {
        before: ({ verb }) => {
          if (broken && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    const decision = { step: 'a', by: 'ann', reason: 'because' };
    const both = await Promise.allSettled([
      run.interpreter.decide({ verb: 'retry', ...decision }),
      run.interpreter.decide({ verb: 'skip', ...decision }),
      run.idle(),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await run.execute();
    expect(run.record.state).toBe('parked');
    expect(run.record.decisions.map(({ verb }) => verb)).toEqual(['retry']);
    broken = false;
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('a step whose work was ended does nothing any more', async () => {
    const run = new MemoryRun({ steps: [set('a', 'x', 1), { id: 'm', manual: 'Do it.' }] });
    await run.execute();
    expect(run.record.steps[1]?.phase).toBe('waiting');
    await run.decide('undo', { step: 'a' });
    await run.execute();
    expect(run.record.state).toBe('parked');
    expect(run.record.steps.map(({ phase, outcome }) => [phase, outcome])).toEqual([
      [null, 'undone'],
      [null, null],
    ]);
    await run.decide('retry');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'm', kind: 'manual' }]);
  });

  test('what cannot be undone parks the undo', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [{ id: 'burn', action: 'world.burn', input: { key: 'x' } }, set('c', 'z', 1)],
      },
      {
        before: ({ path, verb }) => {
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(run.record.waitingFor[0]?.message).toContain('cannot be undone');
  });
});
