import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { failure, MemoryRun, type Setting } from '../../engines/memory.js';

const set = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});

/** A runbook with one fleet that sets a key per item. */
function fleetOf(items: readonly unknown[], more: object = {}, inner: object[] = []): object {
  return {
    id: 'hosts',
    forEach: items,
    steps: [set('mark', '${{ item }}', 1), ...inner],
    ...more,
  };
}

/** Fails the apply of a step's paths as often as told. */
function broken(times: Record<string, number>): Pick<Setting, 'before'> {
  const left = { ...times };
  return {
    before: ({ path, verb }: VerbRequest) => {
      if (verb !== 'apply' || (left[path] ?? 0) <= 0) return;
      left[path] = (left[path] ?? 0) - 1;
      throw failure(`${path} is stuck`);
    },
  };
}

describe('fleets', () => {
  test('each item runs the steps as a run of its own, one after another unless told', async () => {
    const run = new MemoryRun({
      steps: [
        set('a', 'x', 7),
        fleetOf(['p', 'q'], {}, [set('sum', '${{ item + "2" }}', '${{ steps.a.output.value }}')]),
        set('z', 'n', '${{ steps.hosts.output.changed }}'),
      ],
    });
    const record = await run.execute();
    expect(record.failure).toBeNull();
    expect(record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 7, p: 1, q: 1, p2: 7, q2: 7, n: 2 });
    expect(run.outcomes()).toEqual({
      a: 'changed',
      hosts: 'changed',
      'hosts[p]': 'changed',
      'hosts[q]': 'changed',
      z: 'changed',
    });
    expect(record.children).toEqual(['test-1/hosts/p', 'test-1/hosts/q']);
    const child = run.children.get('test-1/hosts/p')?.record;
    expect(child?.state).toBe('succeeded');
    expect(child?.steps.map(({ path, outcome }) => `${path} ${outcome}`)).toEqual([
      'hosts[p]/mark changed',
      'hosts[p]/sum changed',
    ]);
  });

  test('what needs no change is unchanged; an empty list is skipped', async () => {
    const run = new MemoryRun(
      { steps: [fleetOf(['p']), { ...fleetOf([]), id: 'none', forEach: '${{ [] }}' }] },
      { world: { p: 1 } },
    );
    await run.execute();
    expect(run.outcomes()).toEqual({
      hosts: 'unchanged',
      'hosts[p]': 'unchanged',
      none: 'skipped',
    });
  });

  test('at most so many are at work at once, and waves wait for each other', async () => {
    let busy = 0;
    let most = 0;
    const begun: string[][] = [];
    const run: MemoryRun = new MemoryRun(
      {
        steps: [
          fleetOf(['a', 'b', 'c', 'd', 'e', 'f'], { waves: [1, '50%', '100%'], maxUnavailable: 2 }),
        ],
      },
      {
        before: async ({ verb }) => {
          if (verb !== 'apply') return;
          busy += 1;
          most = Math.max(most, busy);
          begun.push([...run.begun]);
          for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
          busy -= 1;
        },
      },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(most).toBe(2);
    expect(begun[0]).toHaveLength(1);
    expect(Object.values(run.world)).toHaveLength(6);
  });

  test('a parked item does not stop its siblings; its run takes the decision', async () => {
    const run = new MemoryRun(
      { steps: [fleetOf(['a', 'b', 'c'], { maxUnavailable: 3, failureBudget: 1 })] },
      broken({ 'hosts[b]/mark': 1 }),
    );
    await run.execute();
    expect(run.record.state).toBe('parked');
    expect(run.record.waitingFor).toMatchObject([
      { path: 'hosts[b]/mark', kind: 'park', run: 'test-1/hosts/b' },
    ]);
    expect(run.outcomes()).toMatchObject({ 'hosts[a]': 'changed', 'hosts[c]': 'changed' });
    await expect(run.decide('retry', { step: 'hosts[b]/mark' })).rejects.toThrow(
      'decided upon in its own run, test-1/hosts/b',
    );
    await run.decideIn('test-1/hosts/b', 'retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.record.waitingFor).toEqual([]);
  });

  test('over its budget no further item is begun, until the failed one is mended', async () => {
    const run = new MemoryRun(
      { steps: [fleetOf(['a', 'b', 'c'])] },
      broken({ 'hosts[a]/mark': 1 }),
    );
    await run.execute();
    expect(run.begun).toEqual(['test-1/hosts/a']);
    const waiting = run.record.waitingFor.map(({ path, message }) => `${path}: ${message}`);
    expect(waiting).toEqual([
      'hosts[a]/mark: hosts[a]/mark is stuck',
      'hosts: 1 of 3 items have failed or parked, and none may: a',
    ]);
    await run.decideIn('test-1/hosts/a', 'retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.begun).toHaveLength(3);
  });

  test('skip leaves what has failed and goes on; retry begins it again', async () => {
    // The item's step stops the item; the fleet has a policy of its own.
    const grouped = {
      steps: [
        {
          id: 'hosts',
          forEach: ['a', 'b'],
          steps: [
            {
              id: 'mark',
              action: 'world.set',
              input: { key: '${{ item }}', value: 1 },
              onFailure: 'stop',
            },
          ],
        },
      ],
    };
    const skipped = new MemoryRun(grouped, broken({ 'hosts[a]/mark': 9 }));
    await skipped.execute();
    expect(skipped.outcomes()).toEqual({ hosts: null, 'hosts[a]': 'failed', 'hosts[b]': null });
    await skipped.decide('skip', { reason: 'a is away' });
    await skipped.execute();
    expect(skipped.record.state).toBe('succeeded');
    expect(skipped.outcomes()).toEqual({
      hosts: 'changed',
      'hosts[a]': 'failed',
      'hosts[b]': 'changed',
    });
    expect(skipped.record.steps[0]?.note).toBe('2 items, 1 changed, 1 failed');

    const retried = new MemoryRun(grouped, broken({ 'hosts[a]/mark': 1 }));
    await retried.execute();
    await retried.decide('retry');
    await retried.execute();
    expect(retried.record.state).toBe('succeeded');
    expect(retried.world).toEqual({ a: 1, b: 1 });
  });

  test('a fleet that may not fail stops the run where it says so, with its items', async () => {
    const run = new MemoryRun(
      { onFailure: 'stop', steps: [fleetOf(['a', 'b', 'c'], { maxUnavailable: 2 })] },
      broken({ 'hosts[a]/mark': 1 }),
    );
    await run.execute();
    expect(run.record.state).toBe('stopped');
    expect(run.record.failure?.code).toBe('failure-budget');
    expect(run.children.get('test-1/hosts/a')?.record.state).toBe('stopped');
  });

  test('conditions hold between waves, or the fleet waits', async () => {
    const run = new MemoryRun(
      {
        steps: [
          fleetOf(['a', 'b'], {
            waves: [1, '100%'],
            health: [{ id: 'healthy', action: 'world.is', input: { key: 'ok', value: true } }],
          }),
        ],
      },
      {},
    );
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([
      {
        path: 'hosts',
        message: expect.stringContaining('after wave 1 of 2: hosts/healthy: ok is'),
      },
    ]);
    expect(run.begun).toEqual(['test-1/hosts/a']);
    run.world['ok'] = true;
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.outcomes()['hosts/healthy']).toBe('unchanged');
  });

  test('undo puts back every item, newest first, and then what was before', async () => {
    const run = new MemoryRun({
      steps: [set('a', 'x', 1), fleetOf(['p', 'q']), { id: 'by-hand', manual: 'go on' }],
    });
    await run.execute();
    expect(run.record.state).toBe('waiting');
    await run.decide('undo');
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.world).toEqual({});
    const undone = run.requests.filter(({ verb }) => verb === 'undo').map(({ path }) => path);
    expect(undone).toEqual(['hosts[q]/mark', 'hosts[p]/mark', 'a']);
    expect(run.outcomes()).toMatchObject({ 'hosts[p]': 'undone', 'hosts[q]': 'undone' });
    expect(run.children.get('test-1/hosts/p')?.record.state).toBe('undone');
  });

  test('undone down to the fleet, it runs again', async () => {
    const run = new MemoryRun({
      steps: [set('a', 'x', 1), fleetOf(['p', 'q']), { id: 'by-hand', manual: 'go on' }],
    });
    await run.execute();
    await run.decide('undo', { step: 'hosts' });
    await run.execute();
    expect(run.world).toEqual({ x: 1 });
    await run.decide('retry');
    await run.execute();
    expect(run.world).toEqual({ x: 1, p: 1, q: 1 });
    await run.decide('confirm');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('an undo that fails in an item parks there, and goes on from there', async () => {
    let stuck = true;
    const run = new MemoryRun(
      { steps: [fleetOf(['p', 'q']), { id: 'by-hand', manual: 'go on' }] },
      {
        before: ({ path, verb }) => {
          if (verb === 'undo' && path === 'hosts[q]/mark' && stuck) throw failure('cannot');
        },
      },
    );
    await run.execute();
    await run.decide('undo');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'hosts[q]/mark', run: 'test-1/hosts/q' }]);
    stuck = false;
    await run.decideIn('test-1/hosts/q', 'retry');
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.world).toEqual({});
  });

  test('cancel ends the items that are at work, then comes finally', async () => {
    const run = new MemoryRun({
      steps: [fleetOf(['p', 'q'], { maxUnavailable: 2 }, [{ id: 'hand', manual: 'x' }])],
      finally: [set('last', 'l', 1)],
    });
    await run.execute();
    expect(run.record.state).toBe('waiting');
    await run.decide('cancel');
    await run.execute();
    expect(run.record.state).toBe('cancelled');
    expect(run.world).toEqual({ p: 1, q: 1, l: 1 });
    expect(run.children.get('test-1/hosts/p')?.record.state).toBe('cancelled');
  });

  test('pause and resume reach every item', async () => {
    const run: MemoryRun = new MemoryRun(
      { steps: [fleetOf(['p', 'q'], {}, [set('b', '${{ item + "2" }}', 1)])] },
      {
        before: async ({ path, verb }) => {
          if (path !== 'hosts[p]/mark' || verb !== 'apply') return;
          await run.interpreter.decide({ verb: 'pause', step: null, by: 'ann', reason: 'wait' });
        },
      },
    );
    await run.execute();
    expect(run.children.get('test-1/hosts/p')?.record.state).toBe('paused');
    expect(run.world).toEqual({ p: 1 });
    await run.decide('resume');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(Object.keys(run.world)).toHaveLength(4);
  });

  test('an item alone can be put back; the fleet takes that as a failure', async () => {
    const run = new MemoryRun({
      steps: [fleetOf(['p', 'q'], { failureBudget: 1 }), { id: 'by-hand', manual: 'go on' }],
    });
    await run.execute();
    await run.decideIn('test-1/hosts/p', 'undo');
    await run.execute();
    expect(run.world).toEqual({ q: 1 });
    expect(run.outcomes()['hosts[p]']).toBe('failed');
    await run.decide('confirm');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('fleets inside fleets, decided at any depth', async () => {
    const run = new MemoryRun(
      {
        steps: [
          {
            id: 'racks',
            forEach: ['r1', 'r2'],
            steps: [
              {
                id: 'hosts',
                forEach: ['${{ item + "a" }}', '${{ item + "b" }}'],
                steps: [set('mark', '${{ item }}', 1)],
              },
            ],
          },
        ],
      },
      broken({ 'racks[r2]/hosts[r2a]/mark': 1 }),
    );
    await run.execute();
    const parked = run.record.waitingFor.find(({ path }) => path.endsWith('/mark'));
    expect(parked).toMatchObject({
      path: 'racks[r2]/hosts[r2a]/mark',
      run: 'test-1/racks/r2/hosts/r2a',
    });
    await run.decideIn(parked?.run ?? '', 'retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ r1a: 1, r1b: 1, r2a: 1, r2b: 1 });
  });

  test('locks are held by each item, and given back when it is through', async () => {
    const run = new MemoryRun({
      steps: [fleetOf(['p', 'q'], { locks: ['host/${{ item }}'] })],
    });
    await run.execute();
    expect(run.claims).toEqual(['exclusive host/p', 'exclusive host/q']);
    expect(run.released.flat()).toEqual(expect.arrayContaining(['host/p', 'host/q']));
  });

  test('an item that waits for its lease is put back without it', async () => {
    const holder = {
      run: 'other-1',
      user: 'bob',
      purpose: 'p',
      mode: 'exclusive' as const,
      since: '2026-01-01T00:00:00Z',
      until: null,
      fence: 1,
    };
    const run = new MemoryRun(
      {
        steps: [
          {
            id: 'both',
            parallel: [
              fleetOf(['p'], { locks: ['host/${{ item }}'] }),
              { id: 'by-hand', manual: 'x' },
            ],
          },
        ],
      },
      { holders: [{ resource: 'host/p', holder }] },
    );
    void run.execute();
    await run.idle();
    expect(run.children.get('test-1/both/hosts/p')?.record.state).toBe('queued');
    await run.decide('undo');
    await run.idle();
    expect(run.record.state).toBe('undone');
    expect(run.claims).toEqual(['exclusive host/p']);
  });

  test('lists that cannot be gone over say why', async () => {
    const wrong = async (forEach: unknown): Promise<string | undefined> => {
      const run = new MemoryRun({
        onFailure: 'stop',
        steps: [{ id: 'hosts', forEach, steps: [set('a', 'x', 1)] }],
      });
      await run.execute();
      return run.record.failure?.message;
    };
    expect(await wrong('${{ "a" }}')).toContain('it is not a list');
    expect(await wrong(['a', 'a'])).toContain("'a' is there twice");
    expect(await wrong(['a/b'])).toContain('cannot name an item');
    expect(await wrong([{ port: 1 }])).toContain("a map with a 'name'");
    expect(await wrong(Array.from({ length: 501 }, (_, n) => n))).toContain('at most 500');
  });

  test('it goes on in a new history from its record alone', async () => {
    const definition = {
      steps: [fleetOf(['a', 'b', 'c'], { maxUnavailable: 2, failureBudget: 3 })],
    };
    const first = new MemoryRun(definition, {
      newHistoryAfter: 2,
      ...broken({ 'hosts[a]/mark': 1 }),
    });
    await first.execute();
    expect(await first.execution).toBe('hand-over');
    const second = first.goOn(definition);
    await second.execute();
    expect(second.record.state).toBe('parked');
    await second.decideIn('test-1/hosts/a', 'retry');
    await second.execute();
    expect(second.record.state).toBe('succeeded');
    expect(second.world).toEqual({ a: 1, b: 1, c: 1 });
    expect([...first.begun, ...second.begun].toSorted()).toEqual([
      'test-1/hosts/a',
      'test-1/hosts/b',
      'test-1/hosts/c',
    ]);
  });
});

describe('what items have done', () => {
  const around = (more: object[] = []): Record<string, unknown> => ({
    steps: [fleetOf(['p', 'q']), ...more, { id: 'hand', manual: 'go on' }, set('z', 'z', 1)],
  });

  async function waiting(definition: Record<string, unknown>): Promise<MemoryRun> {
    const run = new MemoryRun(definition);
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'hand' }]);
    await run.decide('pause');
    await run.decide('confirm');
    await run.execute();
    expect(run.record.state).toBe('paused');
    return run;
  }

  test('is looked at again after a pause of the run around them, and goes on where it is so', async () => {
    const run = await waiting(around());
    const before = run.requests.length;
    await run.decide('resume');
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    const looked = run.requests.slice(before).filter(({ path }) => path.startsWith('hosts['));
    expect(looked.map(({ verb, path }) => `${path} ${verb}`).sort()).toEqual([
      'hosts[p]/mark check',
      'hosts[q]/mark check',
    ]);
    expect(run.outcomes()).toMatchObject({ 'hosts[p]': 'changed', 'hosts[q]': 'changed' });
  });

  test('parks in the run of its item where it is no longer so; retry does it again, and the rest waits', async () => {
    const run = await waiting(around());
    run.world['q'] = 'of somebody else';
    await run.decide('resume');
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'parked',
      waitingFor: [{ path: 'hosts[q]/mark', run: 'test-1/hosts/q' }],
    });
    expect(run.record.waitingFor[0]?.message).toContain('is no longer so');
    expect(run.world['z']).toBeUndefined();
    await run.decideIn('test-1/hosts/q', 'retry');
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    expect(run.world).toEqual({ p: 1, q: 1, z: 1 });
    expect(run.outcomes()).toMatchObject({ 'hosts[q]': 'changed' });
  });

  test('is not asked for where a later step, or an item of a later fleet, has a say in it', async () => {
    const later = {
      id: 'back',
      forEach: ['q'],
      steps: [set('free', '${{ item }}', 2)],
    };
    const run = await waiting(around([set('own', 'p', 2), later]));
    const before = run.requests.length;
    await run.decide('resume');
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    const looked = run.requests.slice(before).filter(({ verb }) => verb === 'check');
    expect(looked.map(({ path }) => path)).toEqual(['own', 'back[q]/free', 'z']);
    expect(run.world).toEqual({ p: 2, q: 2, z: 1 });
  });

  test('is looked at before a fleet over its budget goes on', async () => {
    const run = new MemoryRun({ steps: [fleetOf(['p', 'q'])] }, broken({ 'hosts[q]/mark': 1 }));
    await run.execute();
    expect(run.record.state).toBe('parked');
    run.world['p'] = 'of somebody else';
    await run.decide('skip', { step: 'hosts' });
    await run.execute();
    expect(run.record.waitingFor.map(({ path }) => path)).toContain('hosts[p]/mark');
    await run.decideIn('test-1/hosts/p', 'skip');
    await run.decideIn('test-1/hosts/q', 'retry');
    expect((await run.execute()).state).toBe('succeeded');
  });
});

describe('the undo of a fleet', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];

  /** Puts back a fleet that was through; answers what was undone, in order, and how many at once. */
  async function putBack(more: object): Promise<{ order: string[]; most: number; run: MemoryRun }> {
    const order: string[] = [];
    let busy = 0;
    let most = 0;
    const before = async ({ verb, path }: VerbRequest): Promise<void> => {
      if (verb !== 'undo') return;
      order.push(path);
      busy += 1;
      most = Math.max(most, busy);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
    };
    const steps = [set('x', 'x', 1), fleetOf(items, more), { id: 'hand', manual: 'go on' }];
    const run = new MemoryRun({ steps }, { before });
    await run.execute();
    await run.decide('undo');
    await run.execute();
    expect(run.record.state).toBe('undone');
    expect(run.world).toEqual({});
    return { order, most, run };
  }

  test('goes wave by wave, the newest first, with as many at once as may be at work', async () => {
    const { order, most } = await putBack({ waves: [1, '60%', '100%'], maxUnavailable: 2 });
    expect(most).toBe(2);
    expect(order.slice(0, 2).sort()).toEqual(['hosts[d]/mark', 'hosts[e]/mark']);
    expect(order.slice(2, 4).sort()).toEqual(['hosts[b]/mark', 'hosts[c]/mark']);
    expect(order.slice(4)).toEqual(['hosts[a]/mark', 'x']);
  });

  test('goes one after the other unless told', async () => {
    const { order, most } = await putBack({});
    expect(most).toBe(1);
    expect(order).toEqual([...items.map((item) => `hosts[${item}]/mark`).toReversed(), 'x']);
  });

  test('goes on with siblings while one item is parked, and ends where a person says so', async () => {
    const stuck = ({ verb, path }: VerbRequest): void => {
      if (verb === 'undo' && path === 'hosts[d]/mark') throw failure('d will not go back');
    };
    const steps = [set('x', 'x', 1), fleetOf(items, { waves: [1, '100%'], maxUnavailable: 2 })];
    const run = new MemoryRun(
      { steps: [...steps, { id: 'hand', manual: 'go on' }] },
      { before: stuck },
    );
    await run.execute();
    await run.decide('undo');
    await run.execute();
    // The wave waits for it, and what is older waits for the wave.
    expect(run.world).toEqual({ x: 1, a: 1, d: 1 });
    expect(run.record.waitingFor).toMatchObject([{ path: 'hosts[d]/mark' }]);
    await run.decideIn('test-1/hosts/d', 'cancel');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([{ path: 'hosts[d]' }]);
    await run.decide('cancel', { step: 'hosts[d]' });
    await run.execute();
    expect(run.record.state).toBe('cancelled');
    expect(run.world).toEqual({ x: 1, a: 1, d: 1 });
  });
});
