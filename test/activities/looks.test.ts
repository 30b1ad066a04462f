import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CarryOutDeps } from '../../activities/carry-out.js';
import { Catalog } from '../../activities/catalog.js';
import { lookAtAll } from '../../activities/looks.js';
import { createSecretStore } from '../../activities/secrets/store.js';
import type { VerbCall } from '../../core/run/request.js';
import { shaky, worldPlugin, type TestWorld } from '../temporal/world.js';

const world: TestWorld = { values: {}, log: [], before: () => {} };
const deps: CarryOutDeps = {
  catalog: new Catalog([worldPlugin(world)]),
  // The test actions act on an object: they open a target, and never use it.
  access: { open: () => ({}) as never, close: async () => {} },
  logs: { step: () => ({}) as never, close: async () => {} },
  secrets: createSecretStore({}, { folder: '/', environment: {}, resolve: (path) => path }),
};

const call = (key: string): VerbCall => ({
  verb: 'check',
  path: `look[${key}]`,
  title: 'Look',
  action: 'world.set',
  target: key,
  input: { key, value: 1 },
  before: null,
  timeoutMs: 60_000,
  settle: { timeoutMs: 1000, everyMs: 50 },
  run: { id: 'run-1', startedAt: '2026-01-01T00:00:00.000Z', user: 'ann' },
  inventory: { hosts: {}, clusters: {}, groups: {} },
  fences: [],
});

/** Ends only with its signal. */
const never = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

const looking = { attempt: 1, signal: new AbortController().signal, limitMs: 60_000 };

beforeEach(() => {
  world.values['b'] = 1;
  world.before = () => {};
});

describe('checks of one step on several targets', () => {
  test('are made at once, and answered in their order', async () => {
    const met: string[] = [];
    let open = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      open = resolve;
    });
    world.before = async (_verb, key) => {
      if (met.push(key) === 3) open();
      await all;
    };
    const looked = await lookAtAll(deps, [call('a'), call('b'), call('c')], looking);
    expect(looked).toMatchObject([
      { answer: { drift: 'a is null, not 1', resource: 'key/a' } },
      { answer: { drift: null, before: 1 } },
      { answer: { drift: 'c is null, not 1' } },
    ]);
  });

  test('fail each by themselves', async () => {
    world.before = (_verb, key) => {
      if (key === 'a') throw shaky('no route to a');
      if (key === 'c') throw new TypeError('oops');
    };
    expect(await lookAtAll(deps, [call('a'), call('b'), call('c')], looking)).toMatchObject([
      { failure: { code: 'command-failed', message: 'no route to a', class: 'transient' } },
      { answer: { drift: null } },
      { failure: { code: 'internal', message: 'oops', class: 'permanent' } },
    ]);
  });

  test('that take long have no answer, and hold up no other', async () => {
    const ended: string[] = [];
    world.before = async (_verb, key, signal) => {
      if (key !== 'a') return;
      await never(signal).finally(() => ended.push(key));
    };
    const looked = await lookAtAll(deps, [call('a'), call('b')], { ...looking, limitMs: 200 });
    expect(looked).toMatchObject([null, { answer: { drift: null } }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual(['a']);
  });

  test('end with the attempt', async () => {
    const end = new AbortController();
    world.before = async (_verb, _key, signal) => {
      const waiting = never(signal);
      end.abort(new Error('the worker stops'));
      await waiting;
    };
    const { signal } = end;
    await expect(lookAtAll(deps, [call('a')], { ...looking, signal })).rejects.toThrow(
      'the worker stops',
    );
  });
});
