import { beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Catalog } from '../../activities/catalog.js';
import { perform } from '../../activities/perform.js';
import { defineAction } from '../../core/action.js';
import { PermanentError, RunbookError } from '../../core/errors.js';
import type { Verb } from '../../core/run/engine.js';
import type { VerbCall } from '../../core/run/request.js';
import type { Target } from '../../core/target.js';
import type { Leftover, Once } from '../../activities/targets/operation.js';

/** What was done, each with the verb that its target was opened for. */
let log: string[] = [];
let value = 0;
/** What keeps a look from being had, once something was done. */
let fault: Error | null = null;

const counter = defineAction({
  name: 'test.counter',
  summary: 'A counter.',
  impact: 'change',
  on: 'host',
  input: z.strictObject({ other: z.string().describe('Another target.') }),
  output: z.strictObject({}),
  settle: { timeout: '1s', every: '10ms' },
  resource: () => 'counter',
  check: ({ target, on }, { other }) => {
    log.push(`check: ${target.name}, ${on(other).name}`);
    if (fault !== null) return Promise.reject(fault);
    return Promise.resolve({ before: 0, drift: value === 0 ? 'it is 0' : null, output: {} });
  },
  apply: ({ target, on }, { other }) => {
    log.push(`apply: ${target.name}, ${on(other).name}`);
    value = 1;
    return Promise.resolve();
  },
  undo: ({ target, on }, { other }) => {
    log.push(`undo: ${target.name}, ${on(other).name}`);
    return Promise.resolve();
  },
  restored: () => (log.at(-2)?.startsWith('undo') === true ? null : 'not yet'),
  examples: [],
});
/** What an apply of `test.letter` does, and what its commands tell. */
let sending: (once: Once) => Promise<void> = () => Promise.resolve();
/** What a look finds, one after the other; the last one stays. */
let arrivals: (string | null | Error)[] = [];
let post: Once | null = null;

const letter = defineAction({
  name: 'test.letter',
  summary: 'A letter.',
  impact: 'change',
  on: 'host',
  repeatable: ({ registered }) => !registered,
  input: z.strictObject({ registered: z.boolean().describe('Not twice.') }),
  output: z.strictObject({}),
  settle: { timeout: '1s', every: '10ms' },
  resource: () => 'letter',
  check: () => {
    log.push('check');
    const drift = arrivals.length > 1 ? arrivals.shift() : arrivals[0];
    if (drift instanceof Error) return Promise.reject(drift);
    return Promise.resolve({ before: 0, drift: drift ?? null, output: {} });
  },
  apply: async () => {
    log.push('apply');
    if (post !== null) await sending(post);
  },
  undo: 'irreversible',
  examples: [],
});
const catalog = new Catalog([{ name: 'test', summary: 'Test.', actions: [counter, letter] }]);

const call = (verb: Verb): VerbCall => ({
  verb,
  path: 'a',
  title: 'A',
  action: 'test.counter',
  target: 'h1',
  input: { other: 'h2' },
  before: 0,
  timeoutMs: 60_000,
  settle: { timeoutMs: 1000, everyMs: 10 },
  run: { id: 'run-1', startedAt: '2026-01-01T00:00:00.000Z', user: 'ann' },
  inventory: { hosts: {}, clusters: {}, groups: {} },
  fences: [],
});

/** Does it with targets whose names tell what they were opened for. */
async function done(verb: Verb): Promise<readonly string[]> {
  await perform(catalog, call(verb), {
    number: 1,
    signal: new AbortController().signal,
    last: null,
    open: (name, forVerb) => ({ name: `${name} for ${forVerb}` }) as Target,
    pulse: () => undefined,
  });
  return log;
}

/** Sends a letter that must not come twice; `left` is what the attempt before has left. */
async function sent(number: number, left: readonly Leftover[] = [], registered = true) {
  const { inventory, ...rest } = call('apply');
  const asked = { ...rest, inventory, action: 'test.letter', input: { registered } };
  return await perform(catalog, asked, {
    number,
    signal: new AbortController().signal,
    last: null,
    open: (name, _verb, once) => {
      if (once !== null && post === null) for (const one of left) once.found(one);
      post = once;
      return { name } as Target;
    },
    pulse: () => undefined,
  });
}

beforeEach(() => {
  post = null;
  sending = () => Promise.resolve();
  log = [];
  value = 0;
  fault = null;
});

describe('a verb', () => {
  test('that changes looks at the effect with commands that only read', async () => {
    expect(await done('apply')).toEqual([
      'apply: h1 for apply, h2 for apply',
      'check: h1 for check, h2 for check',
    ]);
  });

  test('that puts back looks before and after with commands that only read', async () => {
    expect(await done('undo')).toEqual([
      'check: h1 for check, h2 for check',
      'undo: h1 for undo, h2 for undo',
      'check: h1 for check, h2 for check',
    ]);
  });

  test('whose effect nobody could look at says why, beside the last thing seen', async () => {
    fault = new RunbookError('unreachable', 'h1 does not answer', { hint: 'is it switched on?' });
    await expect(done('apply')).rejects.toMatchObject({
      code: 'not-settled',
      message: 'done, but not yet seen to be so within 1 s: h1 does not answer',
      hint: 'nobody could look (unreachable); is it switched on?',
    });
    fault = new RunbookError('log-unwritable', 'the disk is full');
    await expect(done('apply')).rejects.toMatchObject({
      code: 'not-settled',
      hint: 'nobody could look (log-unwritable); see docs/errors/log-unwritable.md',
    });
  });
});

describe('what must not happen twice', () => {
  const gone: Leftover = {
    target: 'h1',
    id: '7.ab',
    files: '/f',
    state: 'gone',
    pid: null,
    code: null,
    printed: '',
  };
  const ended = (code: number): Leftover => ({ ...gone, state: 'ended', code, printed: 'a\nsent' });
  const applied = (): number => log.filter((line) => line === 'apply').length;

  test('is done like anything else', async () => {
    arrivals = ['not yet', null];
    await sent(1);
    expect(log).toEqual(['apply', 'check', 'check']);
  });

  test('is not done again after its worker was lost: the check tells', async () => {
    arrivals = [null];
    expect(await sent(2)).toMatchObject({ drift: null });
    expect(applied()).toBe(0);
  });

  test('and had ended well, is waited for until it is seen', async () => {
    arrivals = ['not yet', 'not yet', null];
    expect(await sent(2, [ended(0)])).toMatchObject({ drift: null });
    expect(applied()).toBe(0);
  });

  test('and is not seen then, is in doubt, with what is known', async () => {
    arrivals = ['not there'];
    await expect(sent(2, [ended(0)])).rejects.toMatchObject({
      code: 'in-doubt',
      class: 'in-doubt',
      message: expect.stringMatching(
        /^test\.letter on h1 must not happen twice, and nobody knows whether it did: done, but not yet seen to be so within 1 s: not there \(on h1 its command 7\.ab ended with exit 0: sent\)$/,
      ),
    });
    for (const [left, known] of [
      [[ended(3)], 'on h1 its command 7.ab ended with exit 3: sent'],
      [[gone], 'on h1 its command 7.ab is gone, and nobody learnt how it ended'],
      [[], 'nothing of it was found'],
    ] as const) {
      post = null;
      await expect(sent(2, left)).rejects.toMatchObject({
        code: 'in-doubt',
        message: expect.stringContaining(`not there (${known})`),
      });
    }
    expect(applied()).toBe(0);
  });

  test('and whose connection was lost, is looked for as soon as one can, and not done again', async () => {
    sending = (once) => {
      once.asked();
      once.begun();
      return Promise.reject(new RunbookError('unreachable', 'the line is dead'));
    };
    arrivals = [new RunbookError('unreachable', 'still dead'), null];
    expect(await sent(1)).toMatchObject({ drift: null });
    expect(log).toEqual(['apply', 'check', 'check']);
  });

  test('and did not end in time, is in doubt', async () => {
    sending = (once) => {
      once.asked();
      once.begun();
      return Promise.reject(new RunbookError('command-timeout', 'did not end within 60s'));
    };
    arrivals = ['not there'];
    await expect(sent(1)).rejects.toMatchObject({
      code: 'in-doubt',
      message: expect.stringMatching(/not there \(did not end within 60s\)$/),
    });
    expect(applied()).toBe(1);
  });

  test('and has failed, is not tried again by itself', async () => {
    sending = (once) => {
      once.asked();
      once.begun();
      return Promise.reject(new RunbookError('command-failed', 'exit 1: no stamp'));
    };
    await expect(sent(1)).rejects.toMatchObject({
      code: 'command-failed',
      class: 'permanent',
      message: 'exit 1: no stamp',
      hint: expect.stringContaining('must not happen twice'),
    });
  });

  test('and of which nothing has begun, is', async () => {
    const fault = new RunbookError('unreachable', 'nobody answers');
    sending = (once) => {
      once.asked();
      return Promise.reject(fault);
    };
    await expect(sent(1)).rejects.toBe(fault);
    const permanent = new PermanentError('tool-missing', 'there is no post');
    sending = () => Promise.reject(permanent);
    await expect(sent(1)).rejects.toBe(permanent);
  });

  test('is a matter of the input, where the action says so', async () => {
    arrivals = ['not yet', null];
    await sent(2, [], false);
    expect(applied()).toBe(1);
    expect(post).toBeNull();
  });
});
