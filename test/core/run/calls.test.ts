import { describe, expect, test } from '@jest/globals';
import { failure, MemoryRun } from '../../engines/memory.js';
import { heldByOther, set } from '../../engines/steps.js';

describe('calls', () => {
  const work = {
    inputs: { n: { type: 'number', description: 'n' } },
    guards: [{ id: 'g', action: 'world.is', input: { key: 'ok', value: true } }],
    steps: [set('inner', 'i', '${{ inputs.n }}')],
    outputs: { i: '${{ steps.inner.output.value }}' },
  };

  test('a called runbook runs in its own scope, and is undone with its caller', async () => {
    const run = new MemoryRun(
      {
        onFailure: 'undo',
        steps: [
          set('a', 'x', 1),
          { id: 'work', call: 'worker', input: { n: 5 } },
          set('b', 'y', '${{ steps.work.output.i }}'),
          set('c', 'z', 1),
        ],
      },
      {
        world: { ok: true },
        runbooks: { worker: work },
        before: ({ path, verb }) => {
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
    );
    await run.execute();
    expect(Object.keys(run.outcomes())).toEqual(['a', 'work', 'work/g', 'work/inner', 'b', 'c']);
    expect(run.requests.filter((r) => r.verb === 'undo').map((r) => r.path)).toEqual([
      'c',
      'b',
      'work/inner',
      'a',
    ]);
    expect(run.world).toEqual({ ok: true });
  });

  test('its guards park the call; retry looks again', async () => {
    const run = new MemoryRun(
      { steps: [{ id: 'work', call: 'worker', input: { n: 5 } }] },
      { runbooks: { worker: work } },
    );
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'work', message: 'work/g: ok is null' }]);
    run.world['ok'] = true;
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('its leases are taken at the call, those held already are not asked for again', async () => {
    const locked = { locks: ['host/a', 'host/b'], steps: [set('inner', 'i', 1)] };
    const definition = { locks: ['host/a'], steps: [{ id: 'w', call: 'worker' }] };
    const free = new MemoryRun(definition, { runbooks: { worker: locked } });
    await free.execute();
    expect(free.released).toEqual([['host/a', 'host/b']]);
    const holders = [heldByOther('host/b')];
    const held = new MemoryRun(definition, { runbooks: { worker: locked }, holders });
    await held.execute();
    expect(held.record).toMatchObject({ state: 'parked', waitingFor: [{ path: 'w' }] });
    expect(held.record.steps[0]?.failure).toMatchObject({ code: 'lease-held' });
  });

  test('leases may have names that every object has', async () => {
    const run = new MemoryRun({
      locks: ['toString'],
      steps: [set('a', 'x', 1, { locks: ['constructor'] })],
    });
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.claims).toEqual(['exclusive toString', 'exclusive constructor']);
    expect(run.released).toEqual([['constructor'], ['toString']]);
  });

  test('a circle and an unknown name are failures', async () => {
    const circle = new MemoryRun({ onFailure: 'stop', steps: [{ id: 'w', call: 'test' }] });
    await circle.execute();
    expect(circle.record.failure?.message).toContain('test → test');
    const unknown = new MemoryRun({ onFailure: 'stop', steps: [{ id: 'w', call: 'nope' }] });
    await unknown.execute();
    expect(unknown.record.failure?.code).toBe('not-found');
  });
});
