import { describe, expect, test } from '@jest/globals';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

describe('a new history', () => {
  const runbooks = {
    worker: {
      guards: [{ id: 'free', action: 'world.is', input: { key: 'taken', value: null } }],
      probes: [{ id: 'svc', action: 'world.is', input: { key: 'up', value: true } }],
      steps: [set('take', 'taken', true), set('work', 'w', 1), set('more', 'm', 1)],
      finally: [set('last', 'l', 1)],
      outputs: { w: '${{ steps.work.output.value }}' },
    },
  };
  const definition = {
    steps: [
      { id: 'both', steps: [set('a', 'x', 1), set('b', 'y', 2), { id: 'do', call: 'worker' }] },
      set('c', 'z', '${{ steps.do.output.w }}'),
    ],
  };

  test('may begin inside of a group and of a called runbook, whose guards it is past', async () => {
    const world = { taken: null, up: true };
    const settings = { runbooks, world, newHistoryAfter: 2 };
    let run = new MemoryRun(definition, settings);
    await run.execute();
    let histories = 1;
    const requests = [...run.requests];
    while ((await run.execution) === 'hand-over') {
      expect(histories).toBeLessThan(10);
      run = new MemoryRun(
        definition,
        settings,
        JSON.parse(JSON.stringify(run.interpreter.state())),
      );
      await run.execute();
      requests.push(...run.requests);
      histories += 1;
    }
    expect(histories).toBeGreaterThan(3);
    expect(run.record.state).toBe('succeeded');
    expect(world).toEqual({ taken: true, up: true, x: 1, y: 2, w: 1, m: 1, l: 1, z: 1 });
    const applied = requests.filter(({ verb }) => verb === 'apply').map(({ path }) => path);
    expect(applied).toEqual([
      'both/a',
      'both/b',
      'both/do/take',
      'both/do/work',
      'both/do/more',
      'both/do/last',
      'c',
    ]);
    expect(requests.filter(({ path }) => path.endsWith('free'))).toHaveLength(1);
  });

  test('goes on from the record, also into calls, and undoes what was done before it', async () => {
    const runbooks = { worker: { steps: [set('inner', 'i', 1)] } };
    const definition = {
      onFailure: 'undo',
      steps: [
        set('a', 'x', 1),
        { id: 'work', call: 'worker' },
        set('b', 'y', '${{ steps.a.output.value }}'),
        set('c', 'z', 1),
      ],
    };
    const world = {};
    const first = new MemoryRun(definition, { runbooks, world, newHistoryAfter: 4 });
    await first.execute();
    expect(await first.execution).toBe('hand-over');
    expect(first.outcomes()).toEqual({
      a: 'changed',
      // Its one step is done; what is left of the call is to end it.
      work: null,
      'work/inner': 'changed',
      b: null,
      c: null,
    });
    const second = new MemoryRun(
      definition,
      {
        runbooks,
        world,
        before: ({ path, verb }) => {
          if (path === 'c' && verb === 'apply') throw failure('no');
        },
      },
      JSON.parse(JSON.stringify(first.interpreter.state())),
    );
    await second.execute();
    expect(second.record.state).toBe('undone');
    expect(second.requests.map((r) => `${r.path} ${r.verb}`).slice(0, 4)).toEqual([
      'b check',
      'b apply',
      'c check',
      'c apply',
    ]);
    expect(world).toEqual({});
  });
});
