import { describe, expect, test } from '@jest/globals';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

describe('looking again', () => {
  test('after a lost worker, finished steps are checked; a regression parks and can be accepted', async () => {
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), set('old', 'w', 1), set('new', 'w', 2), set('b', 'y', 1)] },
      {
        before: ({ path, verb }, world) => {
          if (path === 'b' && verb === 'apply') world['x'] = 'gone';
        },
        tries: ({ path, verb }) => (path === 'b' && verb === 'apply' ? 2 : 1),
      },
    );
    await run.execute();
    expect(run.record).toMatchObject({ state: 'parked', waitingFor: [{ path: 'a' }] });
    // The superseded step is not looked at.
    expect(run.requests.filter((r) => r.path === 'old')).toHaveLength(2);
    await run.decide('skip');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.outcomes()['a']).toBe('skipped');
  });

  test('a change that is begun on the same resource supersedes, before it is known to be done', async () => {
    const run = new MemoryRun(
      { steps: [set('old', 'w', 1), set('new', 'w', 2), set('next', 'x', 1)] },
      { tries: ({ path, verb }) => (path === 'new' && verb === 'apply' ? 2 : 1) },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ w: 2, x: 1 });
  });

  // An empty node is claimed for as long as no new pods may come.
  describe('what rests on a resource', () => {
    const mark = [set('mark', 'x', 1), set('below', 'x/pods', 0)];
    const back = { id: 'back', restore: 'mark' };
    async function lost(steps: readonly object[]): Promise<MemoryRun> {
      const run = new MemoryRun(
        { steps: [...steps, set('b', 'y', 1)] },
        {
          world: { x: 0, 'x/pods': 3 },
          before: ({ path, verb }, world) => {
            if (path === 'b' && verb === 'apply') world['x/pods'] = 3;
          },
          tries: ({ path, verb }) => (path === 'b' && verb === 'apply' ? 2 : 1),
        },
      );
      await run.execute();
      return run;
    }

    test('is claimed while the resource is as the run has made it', async () => {
      const { record } = await lost(mark);
      expect(record.waitingFor).toMatchObject([{ path: 'below' }]);
    });

    test('is claimed no more when the resource has been put back', async () => {
      const { record } = await lost([...mark, back]);
      expect(record.state).toBe('succeeded');
    });

    test('is claimed no more, nor is the resource, from the moment that it is being put back', async () => {
      let fails = true;
      const run = new MemoryRun(
        { steps: [...mark, back] },
        {
          world: { x: 0, 'x/pods': 3 },
          before: ({ path, verb }, world) => {
            if (path !== 'back' || verb !== 'undo' || !fails) return;
            // It has come through, and nobody has learnt of it.
            Object.assign(world, { x: 0, 'x/pods': 3 });
            fails = false;
            throw failure('the answer was lost', 'permanent');
          },
        },
      );
      await run.execute();
      expect(run.record.waitingFor).toMatchObject([{ path: 'back' }]);
      await run.decide('retry');
      await run.execute();
      expect(run.record.state).toBe('succeeded');
    });

    test('is claimed where nothing is put back after all', async () => {
      const { record } = await lost([...mark, { ...back, if: '${{ false }}' }]);
      expect(record.waitingFor).toMatchObject([{ path: 'below' }]);
    });

    test('is claimed again by a step that comes after that', async () => {
      const { record } = await lost([...mark, back, set('again', 'x/pods', 0)]);
      expect(record.waitingFor).toMatchObject([{ path: 'again' }]);
    });
  });

  test('while a regression is undecided no branch begins another step', async () => {
    const run = new MemoryRun(
      {
        steps: [
          set('a', 'x', 1),
          {
            id: 'both',
            parallel: [
              set('b', 'y', 1),
              { id: 'other', steps: [{ id: 'while', delay: '5s' }, set('late', 'z', 1)] },
            ],
          },
        ],
      },
      {
        before: ({ path, verb }, world) => {
          if (path === 'both/b' && verb === 'apply') world['x'] = 'gone';
        },
        tries: ({ path, verb }) => (path === 'both/b' && verb === 'apply' ? 2 : 1),
      },
    );
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'a' }]);
    expect(run.outcomes()).toMatchObject({ 'both/other/while': 'unchanged', 'both/b': null });
    expect(run.requests.map(({ path }) => path)).not.toContain('both/other/late');
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 1, y: 1, z: 1 });
  });
});
