import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../../core/json.js';
import type { RunRecord } from '../../../core/record.js';
import type { Decision } from '../../../core/run/control.js';
import type { Drive } from '../../../worker/local/drive.js';
import { begin, lasting, work, type Lasting, type Outcome } from './bench.js';

const set = (id: string, key: string, value: Json): JsonObject => ({
  id,
  action: 'world.set',
  input: { key, value },
});
const send = (id: string, key: string): JsonObject => ({
  id,
  action: 'world.send',
  retry: { attempts: 1 },
  input: { key },
});

const forth: JsonObject = {
  locks: ['host/a'],
  guards: [{ id: 'well', action: 'world.is', input: { key: 'start', value: 'here' } }],
  steps: [
    set('first', 'x', 1),
    send('letter', 'm1'),
    {
      id: 'both',
      parallel: [
        set('one', 'y', '1'),
        { id: 'two', steps: [send('second', 'm2'), set('three', 'z', 1)] },
      ],
    },
    { id: 'vote', approval: 'May it go on?' },
    { id: 'soon', delay: '1ms' },
    { id: 'there', wait: 'world.is', input: { key: 'z', value: 1 } },
    set('again', 'x', 2),
    { id: 'back', restore: 'one' },
  ],
  finally: [set('last', 'end', true)],
};

/** Looks at the target where a step is in doubt; a good operator does. */
function person(to: Lasting): (record: RunRecord) => Decision | null {
  return ({ waitingFor, steps }) => {
    const [waiting] = waitingFor;
    if (waiting === undefined) return null;
    const by = { step: waiting.path, by: 'ann', reason: 'looked' };
    if (waiting.kind === 'approval') return { ...by, verb: 'approve' };
    const step = steps.find(({ path }) => path === waiting.path);
    if (step?.action === 'world.broken') return { ...by, step: null, verb: 'undo' };
    const letter = /(?:letter\/|\[)(m\d)/.exec(step?.resource ?? waiting.path)?.[1];
    if (letter === undefined) return { ...by, verb: 'retry' };
    if (!to.ledger.includes(`send ${letter}`)) return { ...by, verb: 'retry' };
    to.world[letter] = 'arrived';
    return { ...by, verb: 'confirm' };
  };
}

/** Works at a run with processes that are killed at these points, one after the other; the last one is not. */
async function killed(
  definition: JsonObject,
  to: Lasting,
  at: readonly number[],
): Promise<Outcome & { readonly deaths: number }> {
  let deaths = 0;
  for (const diesAt of [...at, 0]) {
    const outcome = await work(definition, to, { diesAt, person: person(to) });
    if (outcome.how !== 'died') return { ...outcome, deaths };
    deaths += 1;
  }
  throw new Error('it was never left alone');
}

const start = { start: 'here', x: 'old' };
const patience = 60_000;

function converged(to: Lasting, outcome: Outcome): void {
  expect(outcome.record?.state).toBe('succeeded');
  expect(to.archived.at(-1)?.state).toBe('succeeded');
  expect(to.world).toEqual({ start: 'here', x: 2, m1: 'arrived', m2: 'arrived', z: 1, end: true });
  for (const letter of ['m1', 'm2'])
    expect(to.ledger.filter((line) => line === `send ${letter}`)).toHaveLength(1);
  const before = new Map(outcome.record?.steps.map((step) => [step.path, step.before]));
  expect([before.get('first'), before.get('again'), before.get('both/one')]).toEqual([
    'old',
    1,
    null,
  ]);
  expect([...to.leases.values()].flatMap(({ holders }) => holders)).toEqual([]);
}

describe('a process that is killed at any point', () => {
  test(
    'goes on from its journal: nothing is forgotten, and no letter is sent twice',
    async () => {
      const whole = lasting(start);
      const { points } = await killed(forth, whole, []);
      expect(points).toBeGreaterThan(80);
      converged(whole, await killed(forth, whole, []));
      for (let point = 1; point <= points; point += 1) {
        const to = lasting(start);
        const outcome = await killed(forth, to, [point]);
        // In parallel branches the last points may come to be fewer.
        if (point < points - 3) expect(outcome.deaths).toBe(1);
        converged(to, outcome);
      }
    },
    patience,
  );

  test(
    'also when it is killed again and again',
    async () => {
      for (let seed = 1; seed <= 12; seed += 1) {
        const to = lasting(start);
        const points = Array.from(
          { length: 6 },
          (_, at) => 1 + ((seed * 7919 + at * 104_729) % 23),
        );
        converged(to, await killed(forth, to, points));
      }
    },
    patience,
  );

  test(
    'puts everything back, once, when it is killed in the middle of an undo',
    async () => {
      const steps = [
        set('a', 'x', 1),
        set('b', 'y', 2),
        set('c', 'x', 3),
        { id: 'no', action: 'world.broken' },
      ];
      const back: JsonObject = { locks: ['host/a'], steps, finally: [set('last', 'end', true)] };
      const { points } = await killed(back, lasting(start), []);
      for (let point = 1; point <= points; point += 3) {
        const to = lasting(start);
        const { record } = await killed(back, to, [point]);
        expect(record?.state).toBe('undone');
        expect(to.world).toEqual({ ...start, end: true });
        expect(record?.decisions.map(({ verb }) => verb)).toEqual(['undo']);
        expect(to.ledger.filter((line) => line === 'set end')).not.toHaveLength(0);
      }
    },
    patience,
  );
});

describe('a fleet', () => {
  const each: JsonObject = {
    locks: ['host/a'],
    steps: [
      set('first', 'x', 1),
      {
        id: 'all',
        forEach: ['m1', 'm2', 'm3'],
        waves: [1, 2],
        maxUnavailable: 2,
        locks: ['item/${{ item }}'],
        steps: [send('letter', '${{ item }}'), set('note', 'of-${{ item }}', 1)],
      },
      {
        id: 'sum',
        action: 'world.set',
        input: { key: 'n', value: '${{ steps.all.output.changed }}' },
      },
    ],
  };

  test(
    'comes through with the runs of its items, whenever the process is killed',
    async () => {
      const { points } = await killed(each, lasting(start), []);
      for (let point = 1; point <= points; point += 3) {
        const to = lasting(start);
        const { record } = await killed(each, to, [point]);
        expect(record?.state).toBe('succeeded');
        expect(to.world).toMatchObject({ x: 1, n: 3, m1: 'arrived', 'of-m2': 1, 'of-m3': 1 });
        for (const letter of ['m1', 'm2', 'm3'])
          expect(to.ledger.filter((line) => line === `send ${letter}`)).toHaveLength(1);
        const items = new Map(to.archived.map((last) => [last.run, last.state]));
        expect([...items.keys()].sort()).toEqual(['r', 'r/all/m1', 'r/all/m2', 'r/all/m3']);
        expect(new Set(items.values())).toEqual(new Set(['succeeded']));
        expect([...to.leases.values()].flatMap(({ holders }) => holders)).toEqual([]);
      }
    },
    patience,
  );
});

describe('a process that is told to stop', () => {
  test('ends the change under way, begins nothing, and another goes on', async () => {
    const to = lasting(start);
    let drive: Pick<Drive, 'stop'> | null = null;
    const first = await work({ steps: [set('a', 'x', 1), set('b', 'y', 1)] }, to, {
      during: () => drive?.stop(),
      steered: (one) => {
        drive = one;
      },
    });
    expect(first.how).toBe('stopped');
    expect(to.ledger).toEqual(['set x']);
    expect(to.entries.at(-1)).toMatchObject({ type: 'answered', what: 'a apply' });
    const second = await work({ steps: [set('a', 'x', 1), set('b', 'y', 1)] }, to);
    expect(second.record?.state).toBe('succeeded');
    expect(to.ledger).toEqual(['set x', 'set y']);
  });

  test(
    'a decision that comes with the next process is taken before anything goes on',
    async () => {
      const to = lasting(start);
      const definition: JsonObject = { steps: [set('a', 'x', 1), send('m', 'm1')] };
      const { points } = await work(definition, lasting(start));
      let died = 0;
      for (let point = 1; point <= points && to.ledger.at(-1) !== 'send m1'; point += 1) {
        Object.assign(to, lasting(start));
        died = point;
        await work(definition, to, { diesAt: point });
      }
      expect(died).toBeGreaterThan(0);
      const answers: (string | null)[] = [];
      const outcome = await work(definition, to, {
        steered: (drive) => {
          const cancel = { verb: 'cancel', step: null, by: 'ann', reason: 'enough' } as const;
          void drive.decide('r', cancel, true).then((why) => answers.push(why));
        },
      });
      expect(answers).toEqual([null]);
      expect(outcome.record?.state).toBe('cancelled');
      // What the lost process had left running is stopped; the letter is not sent again.
      expect(to.ledger).toEqual(['set x', 'send m1', 'stop m']);
    },
    patience,
  );

  test('a decision that is refused lets nothing begin', async () => {
    const to = lasting(start);
    const definition: JsonObject = { steps: [set('a', 'x', 1)] };
    await work(definition, to, { diesAt: 6 });
    const before = to.entries.length;
    const answers: (string | null)[] = [];
    const outcome = await work(definition, to, {
      steered: (drive) => {
        const retry = { verb: 'retry', step: null, by: 'ann', reason: '' } as const;
        void drive.decide('r', retry, true).then((why) => answers.push(why));
      },
    });
    expect(outcome.how).toBe('stopped');
    expect(answers).toEqual(['the run does not wait for a decision']);
    expect(to.entries.length).toBe(before);
  });
});

test('a journal of a build that would do other things is refused', async () => {
  const to = lasting(start);
  await work({ steps: [set('a', 'x', 1), set('b', 'y', 1)] }, to, { diesAt: 30 });
  const other = { steps: [set('other', 'x', 1), set('b', 'y', 1)] };
  const [first] = to.entries;
  if (first?.type !== 'run') throw new Error('no beginning');
  to.entries[0] = { ...first, begin: begin(other) };
  await expect(work(other, to)).rejects.toThrow(/'a check' where 'other check' is asked for now/);
});
