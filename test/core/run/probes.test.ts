import { describe, expect, test } from '@jest/globals';
import { localHost } from '../../../core/run/frame.js';
import { MemoryRun } from '../../engines/memory.js';
import { set } from '../../engines/steps.js';

test("an 'if' that is neither true nor false is no yes", async () => {
  const odd = '${{ "yes" }}';
  const guarded = new MemoryRun({
    guards: [{ id: 'g', if: odd, action: 'world.is', input: { key: 'x', value: null } }],
    steps: [set('a', 'y', 1)],
  });
  expect(await guarded.execute()).toMatchObject({
    state: 'refused',
    failure: { message: expect.stringContaining("'if' of guard 'g' is not true or false") },
  });
  const probed = new MemoryRun({
    probes: [{ id: 'p', if: odd, action: 'world.is', input: { key: 'x', value: 1 }, maxFailed: 0 }],
    steps: [set('a', 'y', 1)],
  });
  expect((await probed.execute()).failure).toMatchObject({ code: 'probe-failed' });
});

describe('probes', () => {
  test('run on each of several targets', async () => {
    const host = (name: string) => ({ ...localHost, name });
    const run = new MemoryRun(
      {
        probes: [
          {
            id: 'p',
            action: 'world.is',
            on: ['a', 'b'],
            input: { key: '${{ target.name }}', value: 1 },
            maxFailed: 100,
          },
        ],
        steps: [{ id: 'd', delay: '5s' }],
      },
      {
        world: { a: 1 },
        inventory: {
          hosts: { local: localHost, a: host('a'), b: host('b') },
          clusters: {},
          groups: {},
        },
      },
    );
    const { probes } = await run.execute();
    expect(probes.map(({ id }) => id)).toEqual(['p[a]', 'p[b]']);
    const [a, b] = probes;
    expect(a?.sent).toBeGreaterThan(0);
    expect(a?.failed).toBe(0);
    expect(b?.failed).toBeGreaterThan(0);
  });

  test('run beside the steps; lost calls are counted and told', async () => {
    const run = new MemoryRun(
      {
        probes: [
          { id: 'svc', action: 'world.is', input: { key: 'up', value: true }, maxFailed: 2 },
        ],
        steps: [{ id: 'd', delay: '1s' }, set('down', 'up', false), { id: 'e', delay: '1s' }],
      },
      { world: { up: true } },
    );
    const record = await run.execute();
    expect(record.state).toBe('succeeded');
    const [probe] = record.probes;
    expect(probe?.sent).toBeGreaterThan(15);
    expect(probe?.failed).toBeGreaterThan(5);
    expect(record.failure).toMatchObject({ code: 'probe-failed' });
  });
});
