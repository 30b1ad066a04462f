import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { failure, MemoryRun, type Setting, type World } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

/** A run that puts back what `old`, which has ended, has changed. */
async function undone(
  definition: Record<string, unknown>,
  old: MemoryRun,
  force: boolean,
  setting: Setting = {},
): Promise<MemoryRun> {
  const state = old.interpreter.state();
  const record = { ...old.record, run: 'test-1-undo-1', undoes: 'test-1', endedAt: null };
  const next = new MemoryRun(
    definition,
    { world: old.world, ...setting },
    {
      ...state,
      progress: { doing: 'resolving', record: { ...record, state: 'resolving', decisions: [] } },
      leases: {},
      keptLeases: [],
    },
  );
  next.execution = next.interpreter.undoEnded(force);
  await next.execute();
  return next;
}

const definition = {
  locks: ['host/a'],
  steps: [
    set('a', 'x', 1),
    set('b', 'y', '${{ steps.a.before }}', { afterUndo: ['well'] }),
    set('c', 'x', 2),
    { id: 'well', wait: 'world.is', input: { key: 'ok', value: true } },
  ],
  finally: [set('last', 'z', 1)],
};
const found: World = { x: 'old', y: 'old y', ok: true };

async function ended(): Promise<MemoryRun> {
  const run = new MemoryRun(definition, { world: { ...found } });
  await run.execute();
  expect(run.world).toEqual({ x: 2, y: 'old', ok: true, z: 1 });
  return run;
}

describe('a run that has ended', () => {
  test('is put back by another one, newest first, under its leases', async () => {
    const old = await ended();
    const next = await undone(definition, old, false);
    expect(next.record).toMatchObject({ state: 'succeeded', undoes: 'test-1', failure: null });
    expect(next.world).toEqual(found);
    expect(next.claims).toEqual(['exclusive host/a']);
    expect(next.released).toEqual([['host/a']]);
    const undos = next.requests.filter(({ verb }) => verb === 'undo').map(({ path }) => path);
    expect(undos).toEqual(['last', 'b', 'a']);
    expect(next.outcomes()).toMatchObject({
      a: 'undone',
      b: 'undone',
      c: 'undone',
      last: 'undone',
    });
  });

  test('is left alone where something has moved since, unless by force', async () => {
    const old = await ended();
    old.world['y'] = 'of somebody else';
    const refused = await undone(definition, old, false);
    expect(refused.record).toMatchObject({ state: 'refused', failure: { code: 'moved-on' } });
    expect(refused.record.failure?.message).toContain('b: y:');
    expect(refused.requests.every(({ verb }) => verb === 'check')).toBe(true);
    const forced = await undone(definition, old, true);
    expect(forced.record.state).toBe('succeeded');
    expect(forced.world).toEqual(found);
  });

  test('is refused while others have its leases', async () => {
    const old = await ended();
    const at = '2026-01-01T00:00:00Z';
    const holder = { run: 'other-1', user: 'bob', purpose: 'p', since: at, until: null, fence: 1 };
    const holders = [{ resource: 'host/a', holder: { ...holder, mode: 'exclusive' as const } }];
    const next = await undone(definition, old, false, { holders });
    expect(next.record).toMatchObject({ state: 'refused', failure: { code: 'lease-held' } });
  });

  test('parks where a step does not go back, and goes on with the rest', async () => {
    const old = await ended();
    const before = ({ path, verb }: VerbRequest): void => {
      if (path === 'b' && verb === 'undo') throw failure('b will not go back');
    };
    const next = await undone(definition, old, false, { before });
    expect(next.record).toMatchObject({ state: 'parked', waitingFor: [{ path: 'b' }] });
    await next.decide('skip');
    await next.execute();
    expect(next.record.state).toBe('succeeded');
    expect(next.world).toEqual({ ...found, y: 'old' });
  });
});
