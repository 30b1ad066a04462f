import { expect, test } from '@jest/globals';
import { perform } from '../../../activities/perform.js';
import { Catalog } from '../../../activities/catalog.js';
import { withOpened } from '../../../activities/secrets/opened.js';
import type { SecretStore } from '../../../activities/secrets/store.js';
import { RunbookError } from '../../../core/errors.js';
import type { VerbAnswer } from '../../../core/run/engine.js';
import type { VerbCall } from '../../../core/run/request.js';
import { worldPlugin, type TestWorld } from '../../temporal/world.js';

const value = 'correct horse battery';
const never = new AbortController().signal;

class Store implements SecretStore {
  readonly names = ['token'];
  readonly asked: string[][] = [];
  values(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.asked.push([...names]);
    return Promise.resolve(new Map(names.map((name) => [name, value])));
  }
}

const call: VerbCall = {
  verb: 'check',
  path: 'a',
  title: 'a',
  action: 'world.set',
  target: 'local',
  input: { key: 'k', value: '${{ secrets.token }}' },
  secrets: [{ at: ['value'], name: 'token' }],
  before: null,
  timeoutMs: 1000,
  settle: { timeoutMs: 1000, everyMs: 100 },
  run: { id: 'r', startedAt: '', user: 'ann' },
  inventory: { hosts: {}, clusters: {}, groups: {} },
  fences: [],
};
const answer: VerbAnswer = { drift: null, before: null, output: {}, resource: null, tries: 1 };

test('the work is given the value, and what comes of it holds none', async () => {
  const store = new Store();
  const found = await withOpened(call, store, never, async (opened, { values }) => {
    expect(opened.input).toEqual({ key: 'k', value });
    expect('secrets' in opened).toBe(false);
    expect(values).toEqual([value]);
    return { ...answer, drift: `k is not ${value}`, output: { value } };
  });
  expect(found).toEqual({ ...answer, drift: 'k is not ***', output: { value: '***' } });
  expect(store.asked).toEqual([['token']]);
});

test('what a person has edited away is not asked for', async () => {
  const store = new Store();
  const edited = { ...call, input: { key: 'k', value: 'plain' } };
  await withOpened(edited, store, never, async (opened) => {
    expect(opened.input).toEqual({ key: 'k', value: 'plain' });
    return answer;
  });
  expect(store.asked).toEqual([]);
});

test('an error of the work is told without it', async () => {
  const failing = withOpened(call, new Store(), never, () =>
    Promise.reject(new RunbookError('command-failed', `it said ${value}`)),
  );
  await expect(failing).rejects.toMatchObject({ code: 'command-failed', message: 'it said ***' });
});

test('an action is never given the text that stands for a secret', async () => {
  const world: TestWorld = { values: {}, log: [], before: () => {} };
  const unopened = perform(new Catalog([worldPlugin(world)]), call, {
    number: 1,
    signal: never,
    open: () => ({}) as never,
    pulse: () => undefined,
    last: null,
  });
  await expect(unopened).rejects.toMatchObject({ code: 'internal' });
  expect(world.log).toEqual([]);
});
