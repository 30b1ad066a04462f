import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { localHost } from '../../../core/run/frame.js';
import type { LeaseRefusal } from '../../../core/run/locks.js';
import { failure, MemoryRun } from '../../engines/memory.js';

const set = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  action: 'world.set',
  input: { key, value },
  ...more,
});

/** A lease that another run has. */
function heldByOther(resource: string): LeaseRefusal {
  const at = '2026-01-01T00:00:00Z';
  const mode = 'exclusive' as const;
  const holder = { run: 'other-1', user: 'bob', purpose: 'p', mode, since: at, until: null };
  return { resource, holder: { ...holder, fence: 1 } };
}

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

describe('parked', () => {
  const broken = (times: number): { before: (request: VerbRequest) => void } => {
    let left = times;
    return {
      before: ({ path, verb }) => {
        if (path === 'b' && verb === 'apply' && left-- > 0) throw failure('b is stuck');
      },
    };
  };
  const definition = {
    steps: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', '${{ steps.b.output.value }}')],
  };

  test('a failed step parks and says what it takes; retry goes on', async () => {
    const run = new MemoryRun(definition, broken(1));
    await run.execute();
    expect(run.record.state).toBe('parked');
    expect(run.record.waitingFor).toMatchObject([
      { path: 'b', kind: 'park', message: 'b is stuck' },
    ]);
    expect(run.outcomes()).toEqual({ a: 'changed', b: null, c: null });
    await run.decide('retry');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.record.decisions).toMatchObject([
      { verb: 'retry', by: 'ann', step: 'b', reason: 'because' },
    ]);
    expect(run.record.steps[1]?.failure).toBeNull();
  });

  test('retry with an edited input: refused where it does not fit, used where it does', async () => {
    const run = new MemoryRun(definition, {
      before: ({ path, verb, input }) => {
        if (path === 'b' && verb === 'apply' && input['value'] !== 7) throw failure('only 7');
      },
    });
    await run.execute();
    await expect(run.decide('retry', { input: { value: 'bad' } })).rejects.toThrow('value: is bad');
    expect(run.record.state).toBe('parked');
    await run.decide('retry', { input: { value: 7 } });
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.world).toEqual({ x: 1, y: 7, z: 7 });
  });

  test('skip needs outputs that fit; later steps see them', async () => {
    const run = new MemoryRun(definition, broken(9));
    await run.execute();
    await expect(run.decide('skip', { outputs: { other: 1 } })).rejects.toThrow(
      'value: is missing',
    );
    await run.decide('skip', { outputs: { value: 42 } });
    await run.execute();
    expect(run.outcomes()).toEqual({ a: 'changed', b: 'skipped', c: 'changed' });
    expect(run.world).toEqual({ x: 1, z: 42 });
    expect(run.record.steps[1]?.note).toBe('skipped by ann: because');
  });

  test('confirm must agree with the check, unless forced', async () => {
    const run = new MemoryRun(definition, broken(9));
    await run.execute();
    await expect(run.decide('confirm')).rejects.toThrow('the check does not agree: y: null → 1');
    run.world['y'] = 1;
    await run.decide('confirm');
    await run.execute();
    expect(run.outcomes()).toEqual({ a: 'changed', b: 'confirmed', c: 'changed' });

    const forced = new MemoryRun({ steps: [set('b', 'y', 1)] }, broken(9));
    await forced.execute();
    await forced.decide('confirm', { force: true });
    await forced.execute();
    expect(forced.outcomes()).toEqual({ b: 'confirmed' });
  });

  test('wrong decisions are refused at once', async () => {
    const run = new MemoryRun(definition, broken(9));
    await run.execute();
    const wrong = (verb: 'retry' | 'approve' | 'resume' | 'skip', more = {}): string | null =>
      run.interpreter.refusal({ verb, step: null, by: 'ann', reason: 'r', ...more });
    expect(wrong('approve')).toContain('no waiting step takes approve');
    expect(wrong('retry', { step: 'nope' })).toBe("the run has no step 'nope'");
    expect(wrong('retry', { step: 'a' })).toBe("step 'a' does not wait for a decision");
    expect(wrong('resume')).toContain('not paused');
    expect(wrong('skip', { reason: ' ' })).toBe('skip needs a reason');
    expect(wrong('retry', { by: '' })).toBe('a decision needs an author');
    expect(wrong('retry')).toBeNull();
  });

  test('a pause that is asked for while a step waits can be taken back, and holds the next step else', async () => {
    const run = new MemoryRun(definition, broken(9));
    await run.execute();
    const refusal = (verb: 'pause' | 'resume'): string | null =>
      run.interpreter.refusal({ verb, step: null, by: 'ann', reason: '' });
    await run.decide('pause');
    expect(refusal('pause')).toBe('the run is paused already');
    expect(refusal('resume')).toBeNull();
    await run.decide('resume');
    expect(refusal('resume')).toContain('not paused');
  });

  test('two branches park by themselves; the others go on', async () => {
    let fixed = false;
    const run = new MemoryRun(
      { steps: [{ id: 'p', parallel: [set('a', 'x', 1), set('b', 'y', 1), set('c', 'z', 1)] }] },
      {
        before: ({ path, verb }) => {
          if (verb === 'apply' && path !== 'p/b' && !fixed) throw failure(`${path} is stuck`);
        },
      },
    );
    await run.execute();
    expect(run.record.waitingFor.map((waiting) => waiting.path)).toEqual(['p/a', 'p/c']);
    expect(run.outcomes()['p/b']).toBe('changed');
    await expect(run.decide('retry')).rejects.toThrow('several steps wait: name one of p/a, p/c');
    fixed = true;
    await run.decide('retry', { step: 'p/c' });
    await run.idle();
    expect(run.record.state).toBe('parked');
    await run.decide('skip', { step: 'p/a', outputs: { value: 0 } });
    await run.execute();
    expect(run.record.state).toBe('succeeded');
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

describe('targets', () => {
  const host = (name: string, cluster: string | null = null): object => ({
    ...run0.host,
    name,
    cluster,
  });
  const run0 = {
    host: {
      kind: 'host',
      address: null,
      port: 22,
      user: 'root',
      key: null,
      knownHosts: null,
      via: null,
      path: [],
      taskQueue: null,
      groups: [],
      vars: {},
      machine: null,
    },
  };
  const inventory = {
    hosts: { local: host('local'), h1: host('h1', 'c'), h2: host('h2', 'c') },
    clusters: {
      c: {
        kind: 'cluster',
        name: 'c',
        kubeconfig: null,
        context: null,
        uid: null,
        controlPlane: null,
        via: null,
        path: [],
        vars: {},
        taskQueue: null,
      },
    },
    groups: { all: ['h1', 'h2'] },
  } as never;

  test('a list runs one step per target, disruptive ones one after the other', async () => {
    const run = new MemoryRun(
      {
        steps: [
          { id: 'mark', action: 'host.mark', on: '${{ inventory.groups.all }}' },
          { id: 'm2', action: 'host.mark', on: 'all' },
          { id: 'one', action: 'host.mark', on: 'local' },
        ],
      },
      { inventory },
    );
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.outcomes()).toEqual({
      'mark[h1]': 'changed',
      'mark[h2]': 'changed',
      'm2[h1]': 'unchanged',
      'm2[h2]': 'unchanged',
      one: 'changed',
    });
    expect(run.requests.slice(0, 4).map((r) => `${r.path} ${r.verb}`)).toEqual([
      'mark[h1] check',
      'mark[h1] apply',
      'mark[h2] check',
      'mark[h2] apply',
    ]);
    expect(run.record.targets).toEqual(['h1', 'h2', 'local']);
  });

  test('the runbook target is the default; cluster actions take its cluster', async () => {
    const actions = {
      'c.look': { impact: 'read' as const, on: 'cluster' as const, drift: () => null },
    };
    const run = new MemoryRun(
      {
        target: '${{ inputs.node }}',
        steps: [
          { id: 'a', action: 'host.mark' },
          { id: 'b', action: 'c.look' },
        ],
      },
      { inventory, inputs: { node: 'h2' }, actions },
    );
    await run.execute();
    expect(run.record.steps.map((step) => step.target)).toEqual(['h2', 'c']);
  });

  test('an unknown target fails the step before anything is run', async () => {
    const run = new MemoryRun(
      { onFailure: 'stop', steps: [{ id: 'a', action: 'host.mark', on: 'h9' }] },
      { inventory },
    );
    await run.execute();
    expect(run.record.failure).toMatchObject({
      code: 'target-unknown',
      message: "the inventory has no host or cluster 'h9'",
    });
    expect(run.requests).toEqual([]);
  });
});

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
});

test("an 'if' that is neither true nor false is no yes", async () => {
  const odd = '${{ "yes" }}';
  const guarded = new MemoryRun({
    guards: [{ id: 'g', if: odd, action: 'world.is', input: { key: 'x', value: null } }],
    steps: [set('a', 'y', 1)],
  });
  expect(await guarded.execute()).toMatchObject({
    state: 'refused',
    failure: { message: expect.stringContaining("'if' of guard 'g' is not true or false") },
  });
  const probed = new MemoryRun({
    probes: [{ id: 'p', if: odd, action: 'world.is', input: { key: 'x', value: 1 }, maxFailed: 0 }],
    steps: [set('a', 'y', 1)],
  });
  expect((await probed.execute()).failure).toMatchObject({ code: 'probe-failed' });
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

describe('probes', () => {
  test('run on each of several targets', async () => {
    const host = (name: string) => ({ ...localHost, name });
    const run = new MemoryRun(
      {
        probes: [
          {
            id: 'p',
            action: 'world.is',
            on: ['a', 'b'],
            input: { key: '${{ target.name }}', value: 1 },
            maxFailed: 100,
          },
        ],
        steps: [{ id: 'd', delay: '5s' }],
      },
      {
        world: { a: 1 },
        inventory: {
          hosts: { local: localHost, a: host('a'), b: host('b') },
          clusters: {},
          groups: {},
        },
      },
    );
    const { probes } = await run.execute();
    expect(probes.map(({ id }) => id)).toEqual(['p[a]', 'p[b]']);
    const [a, b] = probes;
    expect(a?.sent).toBeGreaterThan(0);
    expect(a?.failed).toBe(0);
    expect(b?.failed).toBeGreaterThan(0);
  });

  test('run beside the steps; lost calls are counted and told', async () => {
    const run = new MemoryRun(
      {
        probes: [
          { id: 'svc', action: 'world.is', input: { key: 'up', value: true }, maxFailed: 2 },
        ],
        steps: [{ id: 'd', delay: '1s' }, set('down', 'up', false), { id: 'e', delay: '1s' }],
      },
      { world: { up: true } },
    );
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    const [probe] = record.probes;
    expect(probe?.sent).toBeGreaterThan(15);
    expect(probe?.failed).toBeGreaterThan(5);
    expect(record.failure).toMatchObject({ code: 'probe-failed' });
  });
});

describe('a new history', () => {
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
