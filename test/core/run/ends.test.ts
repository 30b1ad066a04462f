import { describe, expect, test } from '@jest/globals';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

/** Fails the applies of these steps until told otherwise. */
function stuck(...paths: string[]): {
  paths: Set<string>;
  before: (r: { path: string; verb: string }) => void;
} {
  const left = new Set(paths);
  return {
    paths: left,
    before: ({ path, verb }) => {
      if (left.has(path) && verb === 'apply') throw failure(`${path} is stuck`);
    },
  };
}

describe('undo', () => {
  test('means the object that was changed, whatever the step that named it has become since', async () => {
    const faults = stuck('last');
    const run = new MemoryRun(
      {
        steps: [
          set('name', 'where', 'x'),
          set('there', '${{ steps.name.output.value }}', 1),
          set('name-again', 'where', 'y'),
          set('last', 'l', 1),
        ],
      },
      { before: faults.before },
    );
    await run.execute();
    expect(run.world).toEqual({ where: 'y', x: 1 });
    await run.decide('undo');
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.world).toEqual({});
  });

  test('down to a step that was left as it is keeps what it was before, for the next undo', async () => {
    const faults = stuck('c');
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)] },
      {
        world: { y: 'found' },
        before: (request) => {
          faults.before(request);
          if (request.path === 'b' && request.verb === 'undo' && faults.paths.has('b-undo'))
            throw failure('b will not go back');
        },
      },
    );
    await run.execute();
    faults.paths.add('b-undo');
    await run.decide('undo', { step: 'b' });
    await run.execute();
    await run.decide('skip', { step: 'b', reason: 'later' });
    await run.execute();
    faults.paths.clear();
    await run.decide('retry', { step: 'b' });
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.record.steps.find(({ path }) => path === 'b')?.before).toBe('found');
  });
});

describe('a step that fails after its run was cancelled, as when its worker is gone', () => {
  for (const undo of [false, true]) {
    test(`is not parked for a moment; undo: ${undo}`, async () => {
      const run: MemoryRun = new MemoryRun(
        { steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)] },
        {
          deaf: true,
          before: async ({ path, verb: at }) => {
            if (path !== 'b' || at !== 'apply') return;
            await run.decide('cancel', { undo });
            throw failure('its worker is gone');
          },
        },
      );
      await run.execute();
      expect(run.record.state).toBe(undo ? 'undone' : 'cancelled');
      expect(run.world).toEqual(undo ? {} : { x: 1 });
      const phases = run.events.flatMap((event) =>
        event.type === 'step-phase' ? [event.phase] : [],
      );
      expect(phases).not.toContain('parked');
      const failed = run.record.steps.find(({ path }) => path === 'b')?.failure?.message;
      expect(failed).toBe(undo ? undefined : 'its worker is gone');
    });
  }
});

describe('finally', () => {
  test('parks where it fails and is to, also when a second person cancels while items are being ended', async () => {
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
    let mended = false;
    let refused: unknown = null;
    const run: MemoryRun = new MemoryRun(
      {
        steps: [{ id: 'all', forEach: ['p'], steps: [set('mark', 'x', 1)] }],
        finally: [set('f', 'f', 1, { onFailure: 'park' })],
      },
      {
        deaf: true,
        before: async ({ path, verb }) => {
          if (path === 'f' && !mended) throw failure('f is stuck');
          if (path !== 'all[p]/mark' || verb !== 'apply') return;
          await run.decide('cancel');
          await turn();
          await run.decide('cancel').catch((error: unknown) => (refused = error));
        },
      },
    );
    await run.execute();
    await turn();
    await run.execute();
    expect(refused).toBeNull();
    expect(run.record.waitingFor).toMatchObject([{ path: 'f', message: 'f is stuck' }]);
    mended = true;
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('cancelled');
  });

  test('of a called runbook runs too when the run ends inside of it', async () => {
    const faults = stuck('work/inner');
    const run = new MemoryRun(
      { steps: [{ id: 'work', call: 'other' }], finally: [set('f', 'f', 1)] },
      {
        runbooks: { other: { steps: [set('inner', 'x', 1)], finally: [set('g', 'g', 1)] } },
        before: faults.before,
      },
    );
    await run.execute();
    await run.decide('cancel');
    await run.execute();
    expect(run.record.state).toBe('cancelled');
    expect(run.world).toEqual({ f: 1, g: 1 });
  });

  test('parks without a way out of the end: undo and cancel are refused, retry goes on', async () => {
    const faults = stuck('f');
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1)], finally: [set('f', 'f', 1, { onFailure: 'park' })] },
      { before: faults.before },
    );
    await run.execute();
    expect(run.record.waitingFor[0]?.verbs).toEqual(['retry', 'skip', 'confirm']);
    await expect(run.decide('undo')).rejects.toThrow('at its end');
    await expect(run.decide('cancel')).rejects.toThrow('at its end');
    faults.paths.clear();
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 1, f: 1 });
  });
});

test('a probe that could make no call is no probe that lost none', async () => {
  const run = new MemoryRun(
    {
      probes: [{ id: 'p', action: 'world.is', input: { key: 'x', value: 1 }, maxFailed: 0 }],
      steps: [set('a', 'x', 1)],
    },
    {
      before: ({ verb }) => {
        if (verb === 'probe') throw failure('there is no curl');
      },
    },
  );
  await run.execute();
  expect(run.record.failure).toMatchObject({
    code: 'probe-failed',
    message: expect.stringContaining("probe 'p' could not run: there is no curl"),
  });
});
