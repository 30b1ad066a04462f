import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { failure, MemoryRun, type Setting, type World } from '../../engines/memory.js';

const set = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});

/** A run that puts back what `old`, which has ended, has changed. */
async function undone(
  definition: Record<string, unknown>,
  old: MemoryRun,
  force: boolean,
  setting: Setting = {},
): Promise<MemoryRun> {
  const next = old.undone(definition, force, setting);
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

describe('a run with a fleet that has ended', () => {
  const fleet = {
    steps: [
      set('a', 'x', 1),
      {
        id: 'hosts',
        forEach: ['p', 'q'],
        locks: ['host/${{ item }}'],
        steps: [
          set('mark', '${{ item }}', '${{ run.id }}'),
          {
            id: 'inner',
            forEach: ['1', '2'],
            steps: [set('deep', '${{ item }}-${{ run.user }}', 1)],
          },
        ],
      },
    ],
  };
  const before: World = { p: 'old p', q: 'old q' };

  async function fleetThatEnded(): Promise<MemoryRun> {
    const run = new MemoryRun(
      { steps: [fleet.steps[0], { ...fleet.steps[1], steps: [set('mark', '${{ item }}', 1)] }] },
      { world: { ...before } },
    );
    await run.execute();
    expect(run.world).toEqual({ x: 1, p: 1, q: 1 });
    return run;
  }
  const plain = {
    steps: [fleet.steps[0], { ...fleet.steps[1], steps: [set('mark', '${{ item }}', 1)] }],
  };

  test('is put back with all its items, the newest first, each by a run of its own', async () => {
    const old = await fleetThatEnded();
    const next = await undone(plain, old, false);
    expect(next.record).toMatchObject({ state: 'succeeded', undoes: 'test-1', failure: null });
    expect(next.world).toEqual(before);
    expect(next.requests.filter(({ verb }) => verb === 'undo').map(({ path }) => path)).toEqual([
      'hosts[q]/mark',
      'hosts[p]/mark',
      'a',
    ]);
    // Looked at without a lease, put back under its own.
    expect(next.claims).toEqual(['exclusive host/q', 'exclusive host/p']);
    expect(next.record.children).toEqual(['test-1-undo-1/hosts/q', 'test-1-undo-1/hosts/p']);
    expect(next.children.get('test-1-undo-1/hosts/p')?.record).toMatchObject({
      state: 'undone',
      undoes: 'test-1/hosts/p',
      parent: 'test-1-undo-1',
    });
    expect(next.outcomes()).toMatchObject({ 'hosts[p]': 'undone', 'hosts[q]': 'undone' });
  });

  test('is left alone as a whole where something of one item has moved, unless by force', async () => {
    const old = await fleetThatEnded();
    old.world['p'] = 'of somebody else';
    const refused = await undone(plain, old, false);
    expect(refused.record).toMatchObject({ state: 'refused', failure: { code: 'moved-on' } });
    expect(refused.record.failure?.message).toMatch(
      /^not as the run has left it: hosts\[p\]\/mark: p:/,
    );
    expect(refused.requests.every(({ verb }) => verb === 'check')).toBe(true);
    expect(refused.children.get('test-1-undo-1/hosts/q')?.record.state).toBe('cancelled');
    const forced = await undone(plain, old, true);
    expect(forced.record.state).toBe('succeeded');
    expect(forced.world).toEqual(before);
  });

  test('is put back to the last item of an item, whose expressions mean what they meant', async () => {
    const run = new MemoryRun(fleet, { world: { ...before } });
    await run.execute();
    expect(run.world).toEqual({
      x: 1,
      p: 'test-1/hosts/p',
      q: 'test-1/hosts/q',
      '1-ann': 1,
      '2-ann': 1,
    });
    // Both items of the outer fleet have found it so; the second one has changed nothing.
    const next = await undone(fleet, run, false);
    expect(next.record).toMatchObject({ state: 'succeeded', failure: null });
    expect(next.world).toEqual(before);
    expect([...next.begun].sort()).toEqual(
      ['p', 'q'].flatMap((item) =>
        ['', '/inner/1', '/inner/2'].map((deep) => `test-1-undo-1/hosts/${item}${deep}`),
      ),
    );
  });

  test('is refused where nobody remembers how an item went', async () => {
    const old = await fleetThatEnded();
    old.children.delete('test-1/hosts/q');
    const next = await undone(plain, old, true);
    expect(next.record).toMatchObject({ state: 'refused', failure: { code: 'command-failed' } });
    expect(next.record.failure?.message).toContain('hosts[q]: nothing of test-1/hosts/q');
    expect(next.world).toEqual({ x: 1, p: 1, q: 1 });
  });

  test('parks where an item does not go back, and what it leaves is put back by yet another run', async () => {
    const old = await fleetThatEnded();
    const stuck = ({ path, verb }: VerbRequest): void => {
      if (path === 'hosts[q]/mark' && verb === 'undo') throw failure('q will not go back');
    };
    const next = await undone(plain, old, false, { before: stuck });
    expect(next.record.waitingFor).toMatchObject([
      { path: 'hosts[q]/mark', run: 'test-1-undo-1/hosts/q' },
    ]);
    await expect(next.decide('cancel')).rejects.toThrow('in its own run, test-1-undo-1/hosts/q');
    await next.decideIn('test-1-undo-1/hosts/q', 'cancel');
    await next.execute();
    expect(next.record.waitingFor).toMatchObject([{ path: 'hosts[q]' }]);
    await next.decide('cancel');
    await next.execute();
    expect(next.record.state).toBe('cancelled');
    expect(next.world).toEqual({ x: 1, p: 1, q: 1 });
    const again = await undone(plain, next, false);
    expect(again.record).toMatchObject({ state: 'succeeded', failure: null });
    expect(again.world).toEqual(before);
  });
});
