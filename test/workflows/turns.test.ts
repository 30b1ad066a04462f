import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import type { Bench } from '../temporal/bench.js';
import { stageOnTemporal, temporalTest as test } from '../temporal/stage.js';
import { broken } from '../temporal/world.js';
import { workflowBundle } from '../temporal/workflow-bundle.js';

let bench: Bench;
stageOnTemporal((made) => {
  bench = made;
});

type Step = Record<string, unknown>;

/** Branches that look, change, wait, call and are left out, so that what follows a result is never of one length. */
function branch(index: number): Step {
  const own = (id: string): string => `${id}-${index}`;
  const set = (id: string, more: Step = {}): Step => ({
    id: own(id),
    action: index % 3 === 0 ? 'world.slow' : 'world.set',
    input: { key: own(id), value: 1 },
    ...more,
  });
  const look = (id: string): Step => ({
    id: own(id),
    wait: 'world.is',
    input: { key: 'up', value: true },
  });
  const kinds: readonly (readonly Step[])[] = [
    [look('a'), look('b'), set('c')],
    [set('a'), look('b'), set('c', { if: '${{ false }}' }), look('d')],
    [
      {
        id: own('inner'),
        steps: [look('a'), { id: own('both'), parallel: [look('b'), set('c')] }],
      },
    ],
    [set('a', { on: ['h1', 'local'] }), look('b')],
    [{ id: own('called'), call: 'worker', input: { n: index } }, look('z')],
    [look('a'), { id: own('pause'), delay: '1ms' }, look('b')],
    [set('bad', { onFailure: 'continue' }), look('b')],
  ];
  return { id: `branch-${index}`, steps: kinds[index % kinds.length] };
}

describe('a history', () => {
  // What a replay hands over at once came one by one: the order of what follows must not differ.
  test('of many branches that are looked at together is replayed as it was written', async () => {
    bench.world.before = async (verb, key) => {
      if (verb === 'check') await delay(Math.random() * 25);
      if (verb === 'check' && key.startsWith('bad-')) throw broken('cannot look');
    };
    bench.runbooks['worker'] = bench.request({
      name: 'worker',
      inputs: { n: { type: 'number', description: 'A number.' } },
      guards: [{ id: 'up', action: 'world.is', input: { key: 'up', value: true } }],
      steps: [
        { id: 'i', action: 'world.set', input: { key: '${{ "i" + string(inputs.n) }}', value: 1 } },
      ],
    }).runbook;
    for (let round = 0; round < 4; round++) {
      for (const key of Object.keys(bench.world.values)) delete bench.world.values[key];
      bench.world.values['up'] = true;
      // Every other one is cancelled on its way; until then a branch of it stays.
      const cancels = round % 2 === 1;
      const branches = Array.from({ length: 14 }, (_, index) => branch(index));
      const run = await bench.start({
        name: 'branches',
        probes: [{ id: 'svc', action: 'world.is', input: { key: 'up', value: true, every: 20 } }],
        steps: [
          { id: 'all', parallel: cancels ? [...branches, { id: 'stay', delay: '10m' }] : branches },
        ],
      });
      if (cancels) {
        await run.until('running');
        await delay(Math.random() * 150);
        await run.decide('cancel');
      }
      const record = await run.end();
      expect(record.state).toBe(cancels ? 'cancelled' : 'succeeded');
      const replay = Worker.runReplayHistory(
        { workflowBundle: await workflowBundle() },
        await run.handle.fetchHistory(),
        run.handle.workflowId,
      );
      await expect(replay).resolves.toBeUndefined();
    }
  }, 120_000);
});
