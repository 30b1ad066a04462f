import { expect, test } from '@jest/globals';
import { makePlan } from '../../../core/run/plan.js';
import { emptyRecord, failure, MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

const text = '${{ secrets.token }}';
const use = { at: ['value'], name: 'token' };

test('every verb is asked with the name of a secret, and where it stands', async () => {
  let stuck = true;
  const run = new MemoryRun(
    {
      guards: [{ id: 'g', action: 'world.is', input: { key: 'is', value: text } }],
      steps: [
        set('a', 'x', text),
        { id: 'w', wait: 'world.is', input: { key: 'is', value: '${{secrets["token"]}}' } },
        set('b', 'y', 1),
      ],
    },
    {
      world: { is: text },
      before: ({ path, verb }) => {
        if (stuck && path === 'b' && verb === 'apply') throw failure('b is stuck');
      },
    },
  );
  await run.execute();
  await run.decide('undo');
  await run.execute();
  stuck = false;
  expect(run.record.state).toBe('undone');
  const about = (path: string): unknown[] =>
    run.requests
      .filter((request) => request.path === path)
      .map(({ verb, secrets, input }) => [verb, secrets, input['value']]);
  expect(about('g')).toEqual([['check', [use], text]]);
  expect(about('a').slice(0, 2)).toEqual([
    ['check', [use], text],
    ['apply', [use], text],
  ]);
  expect(about('a').at(-1)).toEqual(['undo', [use], text]);
  expect(about('w')[0]).toEqual(['check', [use], text]);
  for (const request of run.requests.filter(({ path }) => path === 'b')) {
    expect('secrets' in request).toBe(false);
  }
});

test('so is a probe', async () => {
  const run = new MemoryRun({
    probes: [{ id: 'p', action: 'world.is', input: { key: 'x', value: text } }],
    steps: [set('a', 'y', 1)],
  });
  await run.execute();
  expect(run.requests.find(({ verb }) => verb === 'probe')).toMatchObject({
    input: { value: text },
    secrets: [use],
  });
});

test('what is restored is asked for with the secrets of the step that changed it', async () => {
  const run = new MemoryRun({
    steps: [set('a', 'x', text), { id: 'back', restore: 'a' }],
  });
  await run.execute();
  expect(run.requests.find(({ verb }) => verb === 'undo')).toMatchObject({
    path: 'back',
    secrets: [use],
  });
});

test('a plan asks with them too', async () => {
  const run = new MemoryRun({ steps: [set('a', 'x', text)] });
  const plan = makePlan(run.program, run.engine, emptyRecord('test', {}));
  await run.idle();
  await plan;
  expect(run.requests).toMatchObject([{ verb: 'check', secrets: [use], input: { value: text } }]);
});

test('no place but an input knows them', async () => {
  const run = new MemoryRun({
    onFailure: 'stop',
    steps: [set('a', 'x', 1, { if: '${{ secrets.token == "x" }}' })],
  });
  await run.execute();
  expect(run.record.failure).toMatchObject({ code: 'expression-failed' });
  expect(run.requests).toEqual([]);
});
