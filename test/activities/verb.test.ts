import { beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Catalog } from '../../activities/catalog.js';
import { perform } from '../../activities/perform.js';
import { defineAction } from '../../core/action.js';
import { RunbookError } from '../../core/errors.js';
import type { Verb } from '../../core/run/engine.js';
import type { VerbCall } from '../../core/run/request.js';
import type { Target } from '../../core/target.js';

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
const catalog = new Catalog([{ name: 'test', summary: 'Test.', actions: [counter] }]);

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

beforeEach(() => {
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
