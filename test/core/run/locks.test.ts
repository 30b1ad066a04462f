import { describe, expect, test } from '@jest/globals';
import type { LeaseRefusal } from '../../../core/run/locks.js';
import { failure, MemoryRun, type Setting } from '../../engines/memory.js';
import { heldByOther, set } from '../../engines/steps.js';

describe('before the first change', () => {
  test('guards that do not hold refuse the run, and all are told', async () => {
    const run = new MemoryRun({
      guards: [
        { id: 'g1', action: 'world.is', input: { key: 'x', value: 1 } },
        { id: 'g2', action: 'world.set', input: { key: 'y', value: 1 } },
        { id: 'g3', action: 'world.is', input: { key: 'ok', value: null } },
      ],
      steps: [set('a', 'x', 2)],
      finally: [set('f', 'f', 1)],
    });
    const record = await run.execute();
    expect(record.state).toBe('refused');
    expect(record.failure?.message).toContain('g1: x is null');
    expect(record.failure?.message).toContain('g2: y: null → 1');
    expect(run.outcomes()).toMatchObject({
      g1: 'failed',
      g2: 'failed',
      g3: 'unchanged',
      a: null,
      f: null,
    });
    expect(run.world).toEqual({});
    expect(run.requests.every((request) => request.verb === 'check')).toBe(true);
  });

  test('a lease that another run holds refuses the run, or queues it', async () => {
    const holders = [heldByOther('host/a')];
    const definition = { locks: ['host/b', 'host/a', 'host/b'], steps: [set('a', 'x', 1)] };
    const refused = new MemoryRun(definition, { holders });
    await refused.execute();
    expect(refused.record).toMatchObject({ state: 'refused', failure: { code: 'lease-held' } });
    expect(refused.record.failure?.message).toContain('other-1');

    const queued = new MemoryRun(definition, { holders, options: { wait: true } });
    await queued.execute();
    expect(queued.record.state).toBe('succeeded');
    expect(queued.events.map((event) => event.type)).toContain('queued');
    expect(queued.released).toEqual([['host/a', 'host/b']]);
  });
});

describe('leases of a step', () => {
  test('are held while it is done, and by groups for all that is in them', async () => {
    const run = new MemoryRun({
      locks: [{ lease: 'cluster/c', mode: 'shared' }],
      steps: [
        set('a', 'x', 1),
        {
          id: 'both',
          locks: ['host/${{ "h" }}', 'cluster/d'],
          steps: [set('b', 'y', 1, { locks: ['host/h'] }), set('c', 'z', 1)],
        },
        set('d', 'w', 1, { locks: [{ lease: 'cluster/d', mode: 'shared' }] }),
      ],
    });
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    expect(run.claims).toEqual([
      'shared cluster/c',
      'exclusive cluster/d',
      'exclusive host/h',
      'shared cluster/d',
    ]);
    expect(run.released).toEqual([['cluster/d', 'host/h'], ['cluster/d'], ['cluster/c']]);
    const held = run.events.flatMap((event) => (event.type === 'locked' ? [event.locks] : []));
    expect(held[1]).toEqual(['cluster/c', 'cluster/d', 'host/h']);
    expect(held.at(-1)).toEqual(['cluster/c']);
  });

  test('of branches that need the same one are given back by the last of them', async () => {
    const run = new MemoryRun({
      steps: [
        {
          id: 'both',
          parallel: [
            { id: 'short', locks: ['host/a'], delay: '1s' },
            {
              id: 'long',
              steps: [{ id: 'late', locks: ['host/a'], delay: '5s' }, set('a', 'x', 1)],
            },
          ],
        },
        set('b', 'y', 1, { locks: ['host/a'] }),
      ],
    });
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    const at = (path: string): number =>
      Date.parse(run.record.steps.find((s) => s.path === path)?.endedAt ?? '');
    const freed = run.events.findIndex(({ type }) => type === 'locked');
    expect(freed).toBeGreaterThanOrEqual(0);
    expect(at('both/long/late')).toBeGreaterThan(at('both/short'));
    // Once for the branches, once for the step after them, and what is left at the end: nothing.
    expect(run.released).toEqual([['host/a'], ['host/a'], []]);
  });

  test('that the run holds anyway stay with it', async () => {
    const run = new MemoryRun({
      locks: ['host/a'],
      steps: [set('a', 'x', 1, { locks: ['host/a'] }), set('b', 'y', 1)],
    });
    await run.execute();
    expect(run.claims).toEqual(['exclusive host/a']);
    expect(run.released).toEqual([['host/a']]);
  });

  test('are waited for, and the step says for whom', async () => {
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1, { locks: ['host/a'] })] },
      { holders: [heldByOther('host/a')] },
    );
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    const notes = run.events.flatMap((event) => (event.type === 'step-noted' ? [event.note] : []));
    expect(notes).toEqual([
      'waits: host/a is held by run other-1 (bob, since 2026-01-01T00:00:00Z)',
      null,
    ]);
    expect(record.steps[0]).toMatchObject({ outcome: 'changed', note: null });
  });

  test('are taken again to put back what was done under them', async () => {
    const run = new MemoryRun({
      steps: [set('a', 'x', 1, { locks: ['host/a'] }), { id: 'm', manual: 'look' }],
    });
    await run.execute();
    await run.decide('undo');
    expect((await run.execute()).state).toBe('undone');
    expect(run.claims).toEqual(['exclusive host/a', 'exclusive host/a']);
    expect(run.released).toEqual([['host/a'], ['host/a'], []]);
  });

  test('of the call around a step are taken again to put it back', async () => {
    const run = new MemoryRun(
      {
        steps: [
          { id: 'w', call: 'worker', locks: ['host/c'] },
          { id: 'm', manual: 'look' },
        ],
      },
      { runbooks: { worker: { steps: [set('a', 'x', 1, { locks: ['host/a'] })] } } },
    );
    await run.execute();
    await run.decide('undo');
    expect((await run.execute()).state).toBe('undone');
    expect(run.claims).toEqual([
      'exclusive host/c',
      'exclusive host/a',
      'exclusive host/a',
      'exclusive host/c',
    ]);
  });

  test('are kept where the run is cancelled in the middle, and given back at its end', async () => {
    const run = new MemoryRun({
      steps: [{ id: 'g', locks: ['host/a'], steps: [set('a', 'x', 1), { id: 'm', manual: 'x' }] }],
      finally: [set('f', 'f', 1)],
    });
    await run.execute();
    expect(run.record.locks).toEqual(['host/a']);
    await run.decide('cancel');
    expect((await run.execute()).state).toBe('cancelled');
    expect(run.released).toEqual([['host/a']]);
  });

  test('one that the run shares cannot be had alone: the step parks and says so', async () => {
    const run = new MemoryRun({
      locks: [{ lease: 'host/a', mode: 'shared' }],
      steps: [set('a', 'x', 1, { locks: ['host/a'] })],
    });
    await run.execute();
    expect(run.record.state).toBe('parked');
    expect(run.record.steps[0]?.failure).toMatchObject({
      code: 'lease-held',
      message: 'the run shares host/a, and now wants it alone',
    });
    expect(run.world).toEqual({});
  });
});

describe('leases that people take from a run', () => {
  const definition = { locks: ['host/a'], steps: [set('a', 'x', 1), set('b', 'y', 1)] };
  /** Parks at its first step, as long as it has not got the lease again. */
  const broken = async (setting: Pick<Setting, 'holders'> = {}): Promise<MemoryRun> => {
    const run: MemoryRun = new MemoryRun(definition, {
      get holders() {
        return setting.holders ?? [];
      },
      before: ({ path, verb }) => {
        if (path === 'a' && verb === 'apply' && run.claims.length < 2)
          throw failure('the target has seen another');
      },
    });
    await run.execute();
    expect(run.record.state).toBe('parked');
    run.interpreter.leaseBroken('host/a', 'bob', 'it burns');
    return run;
  };

  test('are taken again when it is resumed, also where a step is parked', async () => {
    const run = await broken();
    await run.decide('resume');
    expect(run.claims).toEqual(['exclusive host/a', 'exclusive host/a']);
    await run.decide('retry');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.claims).toHaveLength(2);
  });

  test('refuse that to whom others have them, and it stays paused', async () => {
    const holders: LeaseRefusal[] = [];
    const run = await broken({ holders });
    holders.push(heldByOther('host/a'));
    await expect(run.decide('resume')).rejects.toThrow('host/a is held by run other-1');
    holders.length = 0;
    await run.decide('resume');
    await run.decide('retry');
    expect((await run.execute()).state).toBe('succeeded');
  });

  test('keep it paused where they are taken once more while it takes them again', async () => {
    let times = 0;
    const run = await broken({
      get holders() {
        times += 1;
        if (times === 2) run.interpreter.leaseBroken('host/a', 'bob', 'it still burns');
        return [];
      },
    });
    await expect(run.decide('resume')).rejects.toThrow('taken from the run once more meanwhile');
    expect(run.claims).toHaveLength(2);
    await run.decide('resume');
    expect(run.claims).toHaveLength(3);
    await run.decide('retry');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.claims).toHaveLength(3);
  });

  test('are taken again for a step that is tried again; it parks where others have them', async () => {
    const holders: LeaseRefusal[] = [];
    const run = await broken({ holders });
    holders.push(heldByOther('host/a'));
    await run.decide('retry');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([
      { path: 'a', message: expect.stringContaining('host/a is held by run other-1') },
    ]);
    holders.length = 0;
    await run.decide('retry');
    // The step is done under it; whoever took it has the run wait before the next one all the same.
    expect((await run.execute()).state).toBe('paused');
    expect(run.outcomes()).toEqual({ a: 'changed', b: null });
    await run.decide('resume');
    expect((await run.execute()).state).toBe('succeeded');
  });
});
