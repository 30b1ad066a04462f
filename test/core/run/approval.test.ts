import { describe, expect, test } from '@jest/globals';
import type { Approvers } from '../../../core/run/approvers.js';
import type { Decision } from '../../../core/run/control.js';
import { textOf } from '../../../core/run/votes.js';
import { failure, MemoryRun, type Setting } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

const approvers: Approvers = {
  groups: { sre: ['ann', 'bob', 'cid'], leads: ['dora', 'cid'] },
  allowedSigners: null,
  signatures: 'optional',
  proposals: 'anybody',
};

/** A run that asks for an approval before its only change. */
function asking(more: Record<string, unknown> = {}, setting: Setting = {}): MemoryRun {
  const steps = [{ id: 'ok', approval: 'Go?', ...more }, set('a', 'x', 1)];
  return new MemoryRun({ steps }, { approvers, ...setting });
}

const by = (name: string, more: Partial<Decision> = {}): Partial<Decision> => ({
  by: name,
  ...more,
});

describe('who may vote', () => {
  test('a quorum of different people out of those who are asked', async () => {
    const run = asking({ approvers: ['sre'], quorum: 2 });
    await run.execute();
    await expect(run.decide('approve', by('eve'))).rejects.toThrow(
      'eve is not asked, but ann, bob, cid',
    );
    await run.decide('approve', by('ann@laptop', { reason: 'fine' }));
    await run.execute();
    expect(run.record.state).toBe('waiting');
    expect(run.record.waitingFor[0]?.ballot).toMatchObject({
      quorum: 2,
      approvers: ['ann', 'bob', 'cid'],
      votes: [{ by: 'ann@laptop', reason: 'fine', signed: false }],
    });
    // One person is one vote, from whatever machine.
    await expect(run.decide('approve', by('ann@desk'))).rejects.toThrow('has approved already');
    await run.decide('approve', by('bob', { reason: '' }));
    await run.execute();
    expect(run.record.state).toBe('succeeded');
    expect(run.record.steps[0]).toMatchObject({
      outcome: 'confirmed',
      note: 'approved by ann@laptop: fine; bob',
    });
    expect(run.record.decisions.map(({ by, verb }) => `${verb} ${by}`)).toEqual([
      'approve ann@laptop',
      'approve bob',
    ]);
  });

  test('two votes of one person that arrive at once count once', async () => {
    const run = asking({ quorum: 2 });
    await run.execute();
    const votes = await Promise.allSettled([
      run.decide('approve', by('ann')),
      run.decide('approve', by('ann')),
    ]);
    expect(votes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(run.record.waitingFor[0]?.ballot?.votes).toHaveLength(1);
  });

  test('one rejection is enough, also of somebody who had approved', async () => {
    const run = asking({ approvers: ['sre'], quorum: 3 });
    await run.execute();
    await run.decide('approve', by('ann'));
    await run.execute();
    await run.decide('reject', by('ann', { reason: 'saw the graphs' }));
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'refused',
      failure: { code: 'rejected', message: 'rejected by ann: saw the graphs' },
    });
  });

  test('the starter has no vote where that is said', async () => {
    const run = asking({ approvers: ['sre'], excludeStarter: true });
    await run.execute();
    await expect(run.decide('approve', by('ann@elsewhere'))).rejects.toThrow(
      'ann@elsewhere has started the run: somebody else has to decide',
    );
    await run.decide('approve', by('bob'));
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('an approval that can never be given refuses the run before anything is touched', async () => {
    const run = new MemoryRun(
      {
        steps: [
          set('a', 'x', 1),
          { id: 'ok', approval: 'Go?', approvers: ['sre'], quorum: 3, excludeStarter: true },
        ],
      },
      { approvers },
    );
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'refused',
      failure: {
        code: 'definition-invalid',
        message:
          "'ok' needs 3 of ann, bob, cid, but not ann, who has started the run: too few are left",
      },
    });
    expect(run.requests).toEqual([]);
  });
});

describe('early and late', () => {
  const definition = {
    steps: [
      { id: 'wait', manual: 'Ready?' },
      { id: 'ok', approval: 'Go?', approvers: ['sre'], quorum: 2 },
      set('a', 'x', 1),
    ],
  };

  test('a vote that comes early is kept, seen, and counted; it is carried into a new history', async () => {
    const first = new MemoryRun(definition, { approvers });
    await first.execute();
    await expect(first.decide('approve')).rejects.toThrow('wait takes');
    await expect(first.decide('approve', by('eve', { step: 'ok' }))).rejects.toThrow('not asked');
    await first.decide('approve', by('bob', { step: 'ok', reason: '' }));
    await expect(first.decide('approve', by('bob', { step: 'ok' }))).rejects.toThrow(
      'has approved already',
    );
    expect(first.record.steps[1]).toMatchObject({
      outcome: null,
      note: 'voted early: approve by bob',
    });
    const run = new MemoryRun(definition, { approvers }, first.interpreter.state());
    await run.execute();
    await run.decide('confirm');
    await run.execute();
    expect(run.record.waitingFor[0]?.ballot?.votes).toMatchObject([{ by: 'bob' }]);
    await run.decide('approve', by('cid', { reason: '' }));
    await run.execute();
    expect(run.record.steps[1]?.note).toBe('approved by bob; cid');
    expect(run.record.state).toBe('succeeded');
  });

  test('an early rejection fails the step when it is reached', async () => {
    const run = new MemoryRun(definition, { approvers });
    await run.execute();
    await run.decide('reject', by('bob', { step: 'ok', reason: 'no' }));
    await run.decide('confirm');
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'refused',
      failure: { message: 'rejected by bob: no' },
    });
  });

  test('a vote that comes late hears who has decided, and when', async () => {
    const run = new MemoryRun(
      {
        steps: [
          { id: 'ok', approval: 'Go?' },
          { id: 'm', manual: 'Then?' },
        ],
      },
      { approvers },
    );
    await run.execute();
    await run.decide('approve', by('bob', { reason: '' }));
    await run.execute();
    await expect(run.decide('approve', by('cid'))).rejects.toThrow(
      /^step 'ok' was decided: approved by bob \(2026-01-01T00:00:00.000Z\)$/,
    );
  });
});

describe('time', () => {
  /** Begins, without letting time pass. */
  async function begun(run: MemoryRun): Promise<MemoryRun> {
    run.execution = run.interpreter.execute();
    await run.idle();
    return run;
  }
  const escalating = {
    approvers: ['sre'],
    quorum: 2,
    timeout: '1h',
    onTimeout: 'escalate',
    escalate: { to: ['leads'], timeout: '30m' },
  };

  test('escalates: asks more people, keeps the votes, then rejects', async () => {
    const run = await begun(asking(escalating));
    await run.decide('approve', by('bob', { reason: '' }));
    const [before] = run.record.waitingFor;
    expect(before?.until).toBe('2026-01-01T01:00:00.000Z');
    await expect(run.decide('approve', by('dora'))).rejects.toThrow('not asked');
    // The timer of before the vote rings first, for nobody.
    await run.step();
    await run.step();
    const [after] = run.record.waitingFor;
    expect(after).toMatchObject({
      message: 'Go? (only 1 of 2 approved in time (bob): asks leads, too)',
      since: '2026-01-01T01:00:00.000Z',
      until: '2026-01-01T01:30:00.000Z',
      ballot: { approvers: ['ann', 'bob', 'cid', 'dora'], votes: [{ by: 'bob' }] },
    });
    await run.decide('approve', by('dora', { reason: '' }));
    await run.execute();
    expect(run.record.state).toBe('succeeded');

    const silent = asking(escalating);
    await silent.execute();
    expect(silent.record).toMatchObject({
      state: 'refused',
      failure: { message: 'nobody answered in time: rejected, as the runbook says' },
    });
  });
});

describe('for a plan', () => {
  test('a vote is kept with the hash of the plan; one for another plan is refused', async () => {
    const run = asking();
    await run.execute();
    const ballot = run.record.waitingFor[0]?.ballot;
    expect(ballot?.does).toEqual([{ path: 'a', kind: 'change' }]);
    const hash = ballot?.planHash ?? '';
    await expect(run.decide('approve', { planHash: 'another' })).rejects.toThrow(
      'the vote is for plan another',
    );
    await run.decide('approve', { planHash: hash.slice(0, 20) });
    await run.execute();
    expect(run.record.decisions).toMatchObject([{ verb: 'approve', planHash: hash }]);
    expect(run.record.state).toBe('succeeded');
  });

  test('votes are void when the plan has moved; it is asked anew, and says what moved', async () => {
    const run = asking({ quorum: 2 });
    await run.execute();
    await run.decide('approve', by('ann'));
    await run.execute();
    const was = run.record.waitingFor[0];
    run.world['x'] = 1;
    await expect(run.decide('approve', by('bob'))).rejects.toThrow(
      'a: change → no-op; nothing is approved',
    );
    const is = run.record.waitingFor[0];
    expect(is?.message).toContain('asked again: since plan');
    expect(is?.ballot).toMatchObject({ votes: [], does: [] });
    expect(is?.ballot?.planHash).not.toBe(was?.ballot?.planHash);
    await run.decide('approve', by('bob'));
    await run.decide('approve', by('ann'));
    await run.execute();
    expect(run.outcomes()).toEqual({ ok: 'confirmed', a: 'unchanged' });
  });

  test('what time approves is the plan that was shown, too', async () => {
    const run = asking({ timeout: '1h', onTimeout: 'approve' });
    run.execution = run.interpreter.execute();
    await run.idle();
    run.world['x'] = 5;
    await run.step();
    expect(run.record.waitingFor[0]?.message).toContain('found in another state');
    await run.execute();
    expect(run.record.state).toBe('succeeded');
  });

  test('the plan is that of what the approval holds up: its own branch, and what stands behind its call', async () => {
    const inner = {
      steps: [
        {
          id: 'both',
          parallel: [
            { id: 'one', steps: [{ id: 'ok', approval: 'Go?' }, set('mine', 'm', 1)] },
            set('theirs', 't', 1),
          ],
        },
        set('after', 'f', 1),
      ],
    };
    const run = new MemoryRun(
      {
        steps: [
          set('done', 'd', 1),
          { id: 'more', call: 'inner' },
          { id: 'sure', approval: 'Sure?' },
          set('z', 'z', 1),
        ],
        finally: [set('last', 'l', 1)],
      },
      { approvers, runbooks: { inner } },
    );
    await run.execute();
    const does = (): string[] | undefined =>
      run.record.waitingFor[0]?.ballot?.does.map(({ path }) => path);
    expect(does()).toEqual(['more/both/one/mine']);
    await run.decide('approve');
    await run.execute();
    expect(does()).toEqual(['z', 'last']);
    await run.decide('approve');
    expect((await run.execute()).state).toBe('succeeded');
  });

  test('what was changed before is known to be put back; what was not, is not', async () => {
    const run = new MemoryRun(
      {
        steps: [
          set('a', 'x', 1),
          set('b', 'y', 1),
          { id: 'ok', approval: 'Go?' },
          { id: 'back-a', restore: 'a' },
          { id: 'back-b', restore: 'b' },
        ],
      },
      { approvers, world: { y: 1 } },
    );
    await run.execute();
    expect(run.record.waitingFor[0]?.ballot?.does).toEqual([{ path: 'back-a', kind: 'deferred' }]);
    await run.decide('approve');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.world).toEqual({ y: 1 });
  });

  test('behind a call', async () => {
    const run = new MemoryRun(
      { steps: [{ id: 'more', call: 'inner' }, set('z', 'z', 1)] },
      {
        approvers,
        runbooks: { inner: { steps: [{ id: 'ok', approval: 'Go?' }, set('i', 'i', 1)] } },
      },
    );
    await run.execute();
    expect(run.record.waitingFor[0]?.ballot?.does.map(({ path }) => path)).toEqual(['more/i', 'z']);
  });

  test('an approval in an item holds up the steps of that item; the run around it shows the votes', async () => {
    const steps = [{ id: 'ok', approval: 'Go?', approvers: ['sre'], quorum: 2 }, set('m', 'm', 1)];
    const run = new MemoryRun(
      {
        steps: [
          { id: 'ask', approval: 'Begin?' },
          { id: 'hosts', forEach: ['p', 'q'], steps },
          set('z', 'z', 1),
        ],
      },
      { approvers },
    );
    await run.execute();
    const does = (): string[] | undefined =>
      run.record.waitingFor[0]?.ballot?.does.map(({ path }) => path);
    expect(does()).toEqual(['hosts[p]/ok', 'hosts[p]/m', 'hosts[q]/ok', 'hosts[q]/m', 'z']);
    await run.decide('approve');
    await run.execute();
    expect(does()).toEqual(['hosts[p]/m']);
    await run.decideIn('test-1/hosts/p', 'approve');
    await run.execute();
    expect(run.record.waitingFor).toMatchObject([
      { path: 'hosts[p]/ok', run: 'test-1/hosts/p', ballot: { votes: [{ by: 'ann' }] } },
    ]);
  });

  test('an approval in a fleet that can never be given refuses the run before anything is touched', async () => {
    const never = {
      id: 'ok',
      approval: 'Go?',
      approvers: ['leads'],
      quorum: 2,
      excludeStarter: true,
    };
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), { id: 'hosts', forEach: ['p'], steps: [never] }] },
      { approvers: { ...approvers, groups: { leads: ['ann', 'bob'] } } },
    );
    await run.execute();
    expect(run.record).toMatchObject({ state: 'refused', failure: { code: 'definition-invalid' } });
    expect(run.requests).toEqual([]);
  });

  test('an edited input is another plan', async () => {
    const run = new MemoryRun(
      { steps: [{ id: 'ok', approval: 'Go?' }, set('b', 'y', 1)] },
      {
        approvers,
        before: ({ verb, input }) => {
          if (verb === 'apply' && input['value'] === 1) throw failure('no');
        },
      },
    );
    await run.execute();
    const first = run.record.waitingFor[0]?.ballot?.planHash ?? '';
    await run.decide('approve');
    await run.execute();
    await run.decide('retry', { input: { value: 2 } });
    await run.execute();
    const again = run.record.waitingFor[0];
    expect(again?.message).toContain("asked again: ann has edited the input of 'b'");
    await expect(run.decide('approve', { planHash: first })).rejects.toThrow('look at it again');
    await run.decide('approve');
    expect((await run.execute()).state).toBe('succeeded');
    expect(run.world).toEqual({ y: 2 });
  });

  test('a letter that is being considered when the run is cancelled is answered', async () => {
    let held: (() => void) | null = null;
    const run = asking(
      {},
      {
        before: ({ path, verb }) =>
          path === 'a' && verb === 'check' && run.record.waitingFor.length > 0
            ? new Promise<void>((resolve) => (held = resolve))
            : undefined,
      },
    );
    await run.execute();
    const vote = run.interpreter.decide({ verb: 'approve', step: null, by: 'bob', reason: '' });
    const answer = vote.then(
      () => 'taken',
      (error: Error) => error.message,
    );
    await run.idle();
    await run.decide('cancel');
    await run.execute();
    expect(await answer).toContain('does not wait for a decision any more');
    expect(held).not.toBeNull();
    expect(run.record.state).toBe('cancelled');
  });
});

describe('signed', () => {
  const signed: Approvers = { ...approvers, allowedSigners: 'ann bob', signatures: 'required' };

  /** A vote as the client makes it, with the memory engine's idea of a signature. */
  function vote(run: MemoryRun, name: string, more: Partial<Decision> = {}): Partial<Decision> {
    const [waiting] = run.record.waitingFor;
    const at = '2026-01-01T00:00:01Z';
    const base = { verb: 'approve' as const, step: 'ok', by: name, reason: '', ...more };
    const asked = waiting?.path === 'ok' ? waiting.since : null;
    const plan = waiting?.ballot?.planHash ?? null;
    const text = textOf(run.record, 'ok', { ...base, signature: { text: '', at, asked } }, plan);
    return { ...base, signature: { text: `${name} signed ${text}`, at, asked }, ...more };
  }

  test('a signature is demanded, verified, and kept', async () => {
    const run = asking({}, { approvers: signed });
    await run.execute();
    await expect(run.decide('approve', by('ann'))).rejects.toThrow('votes must be signed');
    const forged = vote(run, 'ann', { by: 'bob' });
    await expect(run.decide('approve', forged)).rejects.toThrow('does not prove that bob voted so');
    await run.decide('approve', vote(run, 'ann'));
    await run.execute();
    expect(run.record.steps[0]?.note).toBe('approved by ann (signed)');
    expect(run.record.decisions).toMatchObject([{ by: 'ann', signed: { key: 'SHA256:key' } }]);
  });

  test('a signature is for one asking: one that was given before is refused', async () => {
    const run = asking({ quorum: 2 }, { approvers: signed });
    await run.execute();
    const first = vote(run, 'ann');
    await run.decide('approve', first);
    run.world['x'] = 7;
    await expect(run.decide('approve', vote(run, 'bob'))).rejects.toThrow('another state');
    await expect(run.decide('approve', first)).rejects.toThrow(/asked anew|used before/);
  });

  test('where the project has no signers, a signature is not taken for proof', async () => {
    const run = asking();
    await run.execute();
    await expect(run.decide('approve', vote(run, 'ann'))).rejects.toThrow('allowedSigners');
  });

  test('an early vote can be signed; its signature serves once', async () => {
    const run = new MemoryRun(
      {
        steps: [
          { id: 'm', manual: 'Ready?' },
          { id: 'ok', approval: 'Go?', quorum: 2 },
        ],
      },
      { approvers: signed },
    );
    await run.execute();
    const early = vote(run, 'bob');
    await run.decide('approve', early);
    await expect(run.decide('reject', { ...early, verb: 'reject', reason: 'x' })).rejects.toThrow(
      'used before',
    );
    await run.decide('confirm', { step: 'm' });
    await run.execute();
    expect(run.record.waitingFor[0]?.ballot?.votes).toMatchObject([{ by: 'bob', signed: true }]);
  });
});

describe('a plan that was agreed upon', () => {
  test('is void when a fresh one differs: the failure names the steps', async () => {
    const shown = new MemoryRun(
      { steps: [set('a', 'x', 1), set('b', 'y', 1)] },
      { world: { y: 1 } },
    );
    const planSteps = [
      { path: 'a', target: 'local', kind: 'change' as const, before: null },
      { path: 'b', target: 'local', kind: 'change' as const, before: 3 },
      { path: 'gone', target: null, kind: 'manual' as const, before: null },
    ];
    const run = new MemoryRun(
      { steps: [set('a', 'x', 1), set('b', 'y', 1)] },
      { world: { ...shown.world }, options: { planHash: 'agreed', planSteps } },
    );
    await run.execute();
    expect(run.record).toMatchObject({
      state: 'refused',
      failure: {
        code: 'plan-changed',
        message: expect.stringMatching(/; moved: b: change → no-op; gone is gone$/),
      },
    });
  });
});
