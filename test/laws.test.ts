import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineAction, type AnyAction, type ChangeSpec } from '../core/action.js';
import { PermanentError } from '../core/errors.js';
import type { Target } from '../core/target.js';
import { lawsIn, lawsOf, type LawCase, type World } from './laws.js';
import { spread } from './laws/death.js';

/** A target with one register per name, reached by `get name`, `set name value`. */
function registers(values: Map<string, string>): Target {
  const run: Target['run'] = (command, [name = '', value = '']) => {
    if (command === 'set') values.set(name, value);
    const stdout = values.get(name) ?? '';
    return Promise.resolve({ exitCode: 0, stdout, stderr: '', truncated: false, durationMs: 0 });
  };
  return {
    name: 'registers',
    kind: 'host',
    cluster: null,
    address: null,
    vars: {},
    run,
    json: async <T>(command: string, args: readonly string[]) =>
      JSON.parse((await run(command, args)).stdout) as T,
  };
}

function situation(more: Partial<LawCase> = {}, start = 'old'): LawCase {
  return {
    title: 'a register',
    arrange: (): Promise<World> => {
      const values = new Map([
        ['a', start],
        ['b', start],
      ]);
      return Promise.resolve({
        target: registers(values),
        input: { value: 'new' },
        snapshot: () => Promise.resolve([...values]),
        cleanup: () => Promise.resolve(),
      });
    },
    ...more,
  };
}

const input = z.strictObject({ value: z.string().max(8).describe('Value wanted in both.') });
const output = z.strictObject({ a: z.string().describe('Value of register a.') });
type Spec = ChangeSpec<typeof input, typeof output, { a: string; b: string }>;

const undoBoth: Exclude<Spec['undo'], string> = async ({ target }, _input, before) => {
  await target.run('set', ['b', before.b]);
  await target.run('set', ['a', before.a]);
};

/** Sets two registers by two commands; obeys every law. */
const sound: Spec = {
  name: 'registers.both',
  summary: 'Sets two registers.',
  impact: 'change',
  on: 'host',
  input,
  output,
  settle: { timeout: '10ms', every: '5ms' },
  resource: () => 'registers/both',
  async check({ target }, { value }) {
    const a = (await target.run('get', ['a'])).stdout;
    const b = (await target.run('get', ['b'])).stdout;
    const drift = a === value && b === value ? null : `${a}, ${b} instead of ${value}`;
    return { before: { a, b }, drift, output: { a } };
  },
  async apply({ target }, { value }) {
    await target.run('set', ['a', value]);
    await target.run('set', ['b', value]);
  },
  undo: undoBoth,
  examples: [{ title: 'Set both', input: { value: 'new' } }],
};

const bad = [{ title: 'a long value', input: { value: 'much too long' } }];

/** What all laws say of an action: null, or the violation, by title. */
async function judge(
  change: Partial<Spec>,
  more: Partial<LawCase> = {},
  start = 'old',
): Promise<Record<string, string | null>> {
  const action: AnyAction = defineAction({ ...sound, ...change });
  const verdicts: Record<string, string | null> = {};
  for (const law of [...lawsOf(action, bad), ...lawsIn(action, situation(more, start))]) {
    try {
      await law.prove();
      verdicts[law.title] = null;
    } catch (error) {
      verdicts[law.title] = error instanceof Error ? error.message : String(error);
    }
  }
  return verdicts;
}

function broken(verdicts: Record<string, string | null>): string[] {
  return Object.keys(verdicts).filter((title) => verdicts[title] !== null);
}

const checkLaw = 'check changes nothing, and two checks are equal';
const applyLaw = 'after apply there is no drift, and applying twice is applying once';
const convergeLaw = 'apply killed at any command and run again converges';
const undoLaw = 'undo restores exactly what was found';
const halfLaw = 'apply killed at any command can be undone';
const undoAgainLaw = 'undo killed at any command and run again restores';

describe('laws', () => {
  test('an action that obeys them passes all', async () => {
    const verdicts = await judge({});
    expect(broken(verdicts)).toEqual([]);
    expect(Object.keys(verdicts)).toEqual([
      'every example fits the schema',
      'every field is described',
      'refuses a long value',
      checkLaw,
      'it says what it owns',
      applyLaw,
      convergeLaw,
      undoLaw,
      halfLaw,
      undoAgainLaw,
    ]);
  });

  test('an action that only reads has the laws of its check', async () => {
    const { apply: _apply, undo: _undo, resource: _resource, ...reading } = sound;
    const action = defineAction({ ...reading, impact: 'read' });
    expect(lawsIn(action, situation()).map(({ title }) => title)).toEqual([checkLaw]);
    await expect(lawsIn(action, situation())[0]?.prove()).resolves.toBeUndefined();
  });

  const violators: readonly [string, string, RegExp, Partial<Spec>][] = [
    [
      'a check that changes something',
      checkLaw,
      /check changed something/,
      {
        check: async (ctx, { value }) => {
          await ctx.target.run('set', ['b', 'touched']);
          return sound.check(ctx, { value });
        },
      },
    ],
    [
      'a before that changes by itself',
      checkLaw,
      /two checks found different states/,
      {
        check: async (ctx, given) => ({
          ...(await sound.check(ctx, given)),
          before: { a: String(performance.now()), b: '' },
        }),
      },
    ],
    [
      'a before that is too large',
      checkLaw,
      /before takes \d+ bytes/,
      {
        check: async (ctx, given) => ({
          ...(await sound.check(ctx, given)),
          before: { a: 'x'.repeat(1024), b: '' },
        }),
      },
    ],
    [
      'a drift without words',
      checkLaw,
      /empty text/,
      { check: async (ctx, given) => ({ ...(await sound.check(ctx, given)), drift: '' }) },
    ],
    [
      'a drift without end',
      checkLaw,
      /longer than 256 bytes/,
      {
        check: async (ctx, given) => {
          const found = await sound.check(ctx, given);
          return { ...found, drift: found.drift === null ? null : 'x'.repeat(257) };
        },
      },
    ],
    [
      'an output beside its schema',
      checkLaw,
      /output of check does not fit/,
      {
        check: async (ctx, given) => ({
          ...(await sound.check(ctx, given)),
          output: { a: 'x', more: 'y' } as { a: string },
        }),
      },
    ],
    [
      'an output of apply beside its schema',
      applyLaw,
      /output of apply does not fit/,
      {
        apply: async (ctx, given, before) => {
          await sound.apply(ctx, given, before);
          return { a: 1 } as unknown as { a: string };
        },
      },
    ],
    [
      'an apply that does half',
      applyLaw,
      /after apply, the action still misses/,
      {
        apply: async ({ target }, { value }) => {
          await target.run('set', ['a', value]);
        },
      },
    ],
    [
      'a verification that believes the command',
      applyLaw,
      /after apply, check still finds drift/,
      { apply: () => Promise.resolve(), verify: () => Promise.resolve(null) },
    ],
    [
      'an apply that adds up',
      applyLaw,
      /applying twice is not applying once/,
      {
        check: async (ctx, given) => {
          const { before } = await sound.check(ctx, given);
          const drift = before.a.startsWith(given.value) ? null : before.a;
          return { before, drift, output: { a: before.a } };
        },
        apply: async ({ target }, { value }) => {
          const { stdout } = await target.run('get', ['a']);
          await target.run('set', ['a', stdout.startsWith(value) ? `${stdout}+` : value]);
        },
      },
    ],
    [
      'an apply that trusts its first command',
      convergeLaw,
      /killed just after command 2 of 3: .*misses/s,
      {
        // Does b only where a is still to be done: a crash between the two is never mended.
        apply: async ({ target }, { value }) => {
          if ((await target.run('get', ['a'])).stdout === value) return;
          await target.run('set', ['a', value]);
          await target.run('set', ['b', value]);
        },
      },
    ],
    [
      'an apply that takes a lost worker for good',
      convergeLaw,
      /failure that is permanent/,
      {
        apply: async (ctx, given, before) => {
          try {
            await sound.apply(ctx, given, before);
          } catch (error) {
            throw new PermanentError('action-failed', 'it failed', { cause: error });
          }
        },
      },
    ],
    [
      'an undo that restores a default',
      undoLaw,
      /the state found is not back/,
      {
        undo: async ({ target }) => {
          await target.run('set', ['a', 'default']);
          await target.run('set', ['b', 'default']);
        },
      },
    ],
    [
      'an undo that its own judgement calls good',
      undoLaw,
      /something is not as it was/,
      { undo: () => Promise.resolve(), restored: () => null },
    ],
    [
      'an undo that needs a whole apply',
      halfLaw,
      /only what was done/,
      {
        undo: async (ctx, given, before) => {
          const { stdout } = await ctx.target.run('get', ['b']);
          if (stdout === before.b) throw new Error('only what was done can be undone');
          await undoBoth(ctx, given, before);
        },
      },
    ],
    [
      'an undo that believes half of itself',
      undoAgainLaw,
      /the state found is not back/,
      {
        undo: async ({ target }, _given, before) => {
          if ((await target.run('get', ['b'])).stdout === before.b) return;
          await target.run('set', ['b', before.b]);
          await target.run('set', ['a', before.a]);
        },
      },
    ],
    ['a change that owns nothing', 'it says what it owns', /what it owns/, { resource: () => '' }],
    [
      'a change that does not know what it owns',
      'it says what it owns',
      /undefined/,
      { resource: (given) => `register/${(given as { name?: string }).name}` },
    ],
    [
      'an example from another time',
      'every example fits the schema',
      /Set both/,
      { examples: [{ title: 'Set both', input: { values: 'new' } }] },
    ],
    ['no example', 'every example fits the schema', /no example/, { examples: [] }],
    [
      'a field without words',
      'every field is described',
      /input\.value/,
      { input: z.strictObject({ value: z.string().max(8) }) },
    ],
    [
      'a schema that takes anything',
      'refuses a long value',
      /the schema took/,
      { input: z.strictObject({ value: z.string().describe('Anything.') }) },
    ],
  ];

  for (const [title, law, why, change] of violators) {
    test(`catch ${title}`, async () => {
      const verdicts = await judge(change);
      expect(broken(verdicts)).toContain(law);
      expect(verdicts[law]).toMatch(why);
    });
  }

  test('catch an undo that leaves what a later step changed', async () => {
    const law = 'undo restores also what a later step on the same resource changed';
    const later = { value: 'newer' };
    expect((await judge({}, { later }))[law]).toBeNull();
    const own: Partial<Spec> = {
      undo: async (ctx, given, before) => {
        // Takes back only what its own input had asked for.
        if ((await ctx.target.run('get', ['a'])).stdout !== given.value) return;
        await undoBoth(ctx, given, before);
      },
    };
    expect((await judge(own, { later }))[law]).toMatch(/after undo of two steps by the first/);
    const resource: Spec['resource'] = ({ value }) => `registers/${value}`;
    expect((await judge({ resource }, { later }))[law]).toMatch(/another resource/);
  });

  test('catch an apply that changes what is as wanted', async () => {
    const apply: Spec['apply'] = async ({ target }) => {
      await target.run('set', ['c', 'litter']);
    };
    const verdicts = await judge({ apply }, { finds: 'nothing' }, 'new');
    expect(verdicts[applyLaw]).toMatch(/though there was no drift/);
  });

  test('catch a case that does not find what it says', async () => {
    expect((await judge({}, { finds: 'nothing' }))[checkLaw]).toMatch(/check finds drift/);
    expect((await judge({}, {}, 'new'))[checkLaw]).toMatch(/check finds no drift/);
  });

  test('an undo that refuses must refuse as irreversible, and touch nothing', async () => {
    const law = 'undo refuses, and touches nothing';
    const refusing: Spec['undo'] = () =>
      Promise.reject(new PermanentError('irreversible', 'there is no way back'));
    expect((await judge({ undo: refusing }, { undo: 'irreversible' }))[law]).toBeNull();
    expect((await judge({}, { undo: 'irreversible' }))[law]).toMatch(/must refuse/);
    const touching: Spec['undo'] = async ({ target }) => {
      await target.run('set', ['a', 'touched']);
      throw new PermanentError('irreversible', 'there is no way back');
    };
    expect((await judge({ undo: touching }, { undo: 'irreversible' }))[law]).toMatch(/changed/);
  });

  test('an undo with nothing to do must do nothing, and be verifiable', async () => {
    const law = 'undo has nothing to do';
    const idle: Partial<Spec> = { undo: 'nothing', restored: () => null };
    expect((await judge(idle))[law]).toBeNull();
    expect((await judge({ undo: 'nothing' }))[law]).toMatch(/cannot be verified/);
    expect((await judge({}, { undo: 'nothing' }))[law]).toMatch(/undo changed something/);
  });

  test('an action declared irreversible has no law of undo', async () => {
    const verdicts = await judge({ undo: 'irreversible' });
    expect(broken(verdicts)).toEqual([]);
    expect(Object.keys(verdicts)).not.toContain(undoLaw);
  });
});

test('kill points are spread from the first command to the last', () => {
  expect(spread(3, 10)).toEqual([1, 2, 3]);
  expect(spread(10, 4)).toEqual([1, 4, 7, 10]);
  expect(spread(10, 1)).toEqual([1]);
  expect(spread(0, 3)).toEqual([]);
});
