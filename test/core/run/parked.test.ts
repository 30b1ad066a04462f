import { describe, expect, test } from '@jest/globals';
import type { VerbRequest } from '../../../core/run/engine.js';
import { failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

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
