import { describe, expect, test } from '@jest/globals';
import type { Plan } from '../../../core/record.js';
import type { Engine } from '../../../core/run/engine.js';
import { localHost } from '../../../core/run/frame.js';
import { makePlan } from '../../../core/run/plan.js';
import { emptyRecord, failure, MemoryRun, type Setting } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';
import { Dice } from '../../faults/dice.js';

const is = (id: string, key: string, value: unknown, more = {}): object => ({
  id,
  wait: 'world.is',
  input: { key, value },
  ...more,
});

async function madeBy(run: MemoryRun, more: Partial<Engine> = {}): Promise<Plan> {
  const plan = makePlan(run.program, { ...run.engine, ...more }, emptyRecord('test', {}));
  await run.idle();
  expect(run.requests.every((request) => request.verb === 'check')).toBe(true);
  return plan;
}

/** The plan, made one by one; looking ahead must make the same one, of the same checks. */
async function planOf(definition: Record<string, unknown>, setting: Setting = {}): Promise<Plan> {
  const inTurn = new MemoryRun(definition, setting);
  const ahead = new MemoryRun(definition, setting);
  const plan = await madeBy(inTurn);
  const { at: _, ...found } = await madeBy(ahead, { looksAhead: () => true });
  expect(plan).toMatchObject(found);
  const asked = ({ requests }: MemoryRun): string[] => requests.map(({ path }) => path).toSorted();
  expect(asked(ahead)).toEqual(asked(inTurn));
  return plan;
}
const kinds = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.steps.map((step) => [step.path, step.kind]));

describe('a plan', () => {
  test('says per step what would change, by checks alone', async () => {
    const world = { y: 1 };
    const plan = await planOf(
      {
        guards: [{ id: 'g', action: 'world.is', input: { key: 'y', value: 1 } }],
        steps: [
          is('before', 'y', 1),
          set('a', 'x', 1),
          set('b', 'y', 1),
          { id: 'c', action: 'world.burn', input: { key: 'q' } },
          { id: 'm', manual: 'Do it.' },
          set('off', 'z', 1, { if: '${{ false }}' }),
        ],
      },
      { world },
    );
    expect(kinds(plan)).toEqual({
      g: 'holds',
      before: 'holds',
      a: 'change',
      b: 'no-op',
      c: 'destroy',
      m: 'manual',
      off: 'skipped',
    });
    expect(plan.changes).toBe(2);
    expect(plan.steps[2]?.drift).toBe('x: null → 1');
    expect(world).toEqual({ y: 1 });
  });

  test('what an undone look would have found is not known', async () => {
    const plan = await planOf({
      steps: [
        set('a', 'x', 1),
        set('b', 'y', '${{ steps.a.output.value }}'),
        set('c', 'z', '${{ steps.b.before }}'),
        set('d', 'w', '${{ steps.a.before }}'),
      ],
    });
    expect(kinds(plan)).toEqual({ a: 'change', b: 'deferred', c: 'deferred', d: 'no-op' });
    expect(plan.steps[2]?.drift).toBe("needs what step 'b' will have done");
  });

  test('what hangs on a change to come is deferred, the way back too', async () => {
    const plan = await planOf({
      steps: [
        set('out', 'x', 1),
        is('gone', 'x', 1),
        set('uses', 'z', '${{ steps.out.output.value }}'),
        set('knows', 'w', '${{ steps.out.before }}'),
        set('maybe', 'v', 1, { if: '${{ steps.out.changed }}' }),
        { id: 'back', restore: 'out' },
        set('again', 'x', null),
      ],
    });
    expect(kinds(plan)).toEqual({
      out: 'change',
      gone: 'deferred',
      uses: 'deferred',
      knows: 'no-op',
      maybe: 'deferred',
      back: 'deferred',
      again: 'deferred',
    });
  });

  test('nothing to change means nothing to put back, and waits are looked at', async () => {
    const plan = await planOf(
      { steps: [set('a', 'x', 1), is('w', 'x', 1), is('v', 'x', 2), { id: 'back', restore: 'a' }] },
      { world: { x: 1 } },
    );
    expect(kinds(plan)).toEqual({ a: 'no-op', w: 'holds', v: 'does-not-hold', back: 'no-op' });
    expect(plan.refused).toBe(false);
  });

  test('asks for the checks of a step on several targets together, where the engine can', async () => {
    const hosts = ['h1', 'h2', 'h3'].map((name) => [name, { ...localHost, name }]);
    const inventory = { hosts: Object.fromEntries(hosts), clusters: {}, groups: {} };
    const run = new MemoryRun(
      {
        steps: [
          set('a', '${{ target.name }}', 1, { on: ['h1', 'h2', 'h3'] }),
          set('b', 'x', 1, { on: 'h1' }),
        ],
      },
      { inventory, world: { h1: 1 } },
    );
    const asked: string[][] = [];
    const engine: Engine = {
      ...run.engine,
      looks: async (requests) => {
        asked.push(requests.map(({ path }) => path));
        return Promise.all(
          requests.map(async (request) =>
            request.target === 'h2'
              ? { failure: failure('no route to host').failure }
              : { answer: await run.engine.perform(request) },
          ),
        );
      },
    };
    const made = makePlan(run.program, engine, emptyRecord('test', {}));
    await run.idle();
    const plan = await made;
    expect(asked).toEqual([['a[h1]', 'a[h2]', 'a[h3]']]);
    expect(plan.steps.map(({ path, kind, target, drift }) => [path, kind, target, drift])).toEqual([
      ['a[h1]', 'no-op', 'h1', null],
      ['a[h2]', 'undetermined', 'h2', 'no route to host'],
      ['a[h3]', 'change', 'h3', 'h3: null → 1'],
      ['b', 'change', 'h1', 'x: null → 1'],
    ]);
  });

  test('steps that do not hang on one another are looked at together', async () => {
    const definition = {
      guards: [{ id: 'g', action: 'world.is', input: { key: 'y', value: 1 } }],
      steps: [
        set('a', 'x', 1),
        set('b', 'y', '${{ steps.a.output.value }}'),
        set('c', 'z', 1, { if: '${{ true }}' }),
        set('off', 'z', 1, { if: '${{ false }}' }),
        is('w', 'z', 1),
        { id: 'both', parallel: [set('d', 'u', 1), set('e', 'v', 1)] },
        set('f', 'w', 1),
        { id: 'each', forEach: ['p', 'q'], steps: [set('i', '${{ item }}', 1)] },
      ],
    };
    const run = new MemoryRun(definition, { world: { y: 1 } });
    const asked: string[][] = [];
    const looks: Engine['looks'] = async (requests) => {
      asked.push(requests.map(({ path }) => path));
      return Promise.all(
        requests.map(async (request) => ({ answer: await run.engine.perform(request) })),
      );
    };
    const plan = await madeBy(run, { looks, looksAhead: () => true });
    // What refers to another step waits for it, and what only reads for what may change before it.
    expect(asked).toEqual([
      ['g', 'a', 'c', 'f'],
      ['both/d', 'both/e'],
      ['each[p]/i', 'each[q]/i'],
    ]);
    expect(kinds(plan)).toMatchObject({
      a: 'change',
      b: 'deferred',
      off: 'skipped',
      w: 'deferred',
    });
    const alone = await planOf(definition, { world: { y: 1 } });
    expect(alone.hash).toBe(plan.hash);
  });

  test('looking ahead comes to the same plan, by the same checks, whatever the steps', async () => {
    const one = (dice: Dice, prefix: string, nr: number): object => {
      const [id, key] = [`${prefix}${nr}`, dice.pick(['x', 'y', 'z'])];
      const earlier = `${prefix}${dice.below(Math.max(nr, 1))}`;
      const other = dice.pick(['set', 'set', 'is', 'is', 'if', 'input']);
      if (other === 'is') return is(id, key, dice.below(2));
      if (other === 'set' || nr === 0) return set(id, key, dice.below(2));
      if (other === 'input') return set(id, key, `\${{ steps.${earlier}.before }}`);
      return set(id, key, 1, { if: `\${{ steps.${earlier}.changed }}` });
    };
    for (let seed = 1; seed <= 100; seed += 1) {
      const dice = new Dice(seed);
      const some = (prefix: string): object[] =>
        Array.from({ length: 1 + dice.below(6) }, (_, nr) => one(dice, prefix, nr));
      const guard = {
        id: 'g',
        action: 'world.is',
        input: { key: dice.pick(['x', 'y']), value: 1 },
      };
      const steps = [
        ...some('s'),
        { id: 'all', steps: some('a') },
        { id: 'each', forEach: [1, 2], steps: some('e') },
        ...some('t'),
      ];
      await planOf({ guards: [guard], steps }, { world: { x: 1 } });
    }
  });

  test('a check that fails is undetermined, with the reason', async () => {
    const plan = await planOf(
      { steps: [set('a', 'x', 1), set('b', 'y', 1)] },
      {
        before: ({ path }) => {
          if (path === 'a') throw failure('no route to host');
        },
      },
    );
    expect(plan.steps[0]).toMatchObject({ kind: 'undetermined', drift: 'no route to host' });
    expect(kinds(plan)['b']).toBe('change');
  });

  test('a guard that does not hold is told', async () => {
    const plan = await planOf({
      guards: [{ id: 'g', action: 'world.is', input: { key: 'y', value: 1 } }],
      steps: [set('a', 'x', 1)],
    });
    expect(plan.refused).toBe(true);
    expect(kinds(plan)).toEqual({ g: 'does-not-hold', a: 'change' });
  });

  test('a guard never changes anything, whatever its action could: what comes after is looked at', async () => {
    const plan = await planOf({
      guards: [{ ...set('g', 'y', 1) }],
      steps: [{ id: 'w', wait: 'world.is', input: { key: 'y', value: 1 } }],
    });
    expect(kinds(plan)).toEqual({ g: 'does-not-hold', w: 'does-not-hold' });
    expect(plan).toMatchObject({ refused: true, changes: 0 });
  });

  test('calls are planned from the inside', async () => {
    const plan = await planOf(
      { steps: [{ id: 'w', call: 'work', input: { n: 2 } }] },
      {
        runbooks: {
          work: {
            inputs: { n: { type: 'number', description: 'd' } },
            steps: [set('inner', 'i', '${{ inputs.n }}')],
          },
        },
      },
    );
    expect(kinds(plan)).toEqual({ 'w/inner': 'change' });
  });

  test('its hash hangs on kind and before, not on prose', async () => {
    const steps = { steps: [set('a', 'x', 1)] };
    const one = await planOf(steps, { world: { x: 5 } });
    expect((await planOf(steps, { world: { x: 5 } })).hash).toBe(one.hash);
    expect((await planOf(steps, { world: { x: 6 } })).hash).not.toBe(one.hash);
  });
});

test('a run that was started with a plan is refused when the live state has moved', async () => {
  const definition = { steps: [set('a', 'x', 1)] };
  const { hash } = await planOf(definition, { world: { x: 5 } });
  const same = new MemoryRun(definition, { world: { x: 5 }, options: { planHash: hash } });
  await same.execute();
  expect(same.record).toMatchObject({ state: 'succeeded', planHash: hash });
  const moved = new MemoryRun(definition, { world: { x: 6 }, options: { planHash: hash } });
  await moved.execute();
  expect(moved.record).toMatchObject({ state: 'refused', failure: { code: 'plan-changed' } });
  expect(moved.world).toEqual({ x: 6 });
});
