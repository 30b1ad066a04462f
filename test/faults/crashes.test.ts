import { afterEach, describe, expect } from '@jest/globals';
import { finished, withServer } from '../client/e2e/cli.js';
import { Rig } from './rig.js';
import { killed, type Killing } from './scenarios/killed.js';
import { pause } from './scenarios/scenario.js';

// A sample of what `npm run faults` does to the server; to the worker: sample.test.ts.

const test = withServer();
const slow = 300_000;
const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
}, slow);

async function judged(killing: Killing): Promise<void> {
  const rig = new Rig();
  rigs.push(rig);
  const { trials, violations } = await killed(rig, killing);
  expect(violations).toEqual([]);
  expect(trials).toBe(killing.spots.length);
  const replayed = await rig.replay();
  expect([...replayed.violations, ...rig.secrets.leaks()]).toEqual([]);
  // The run's, and that of its lease.
  expect(replayed.histories).toBeGreaterThanOrEqual(2);
}

describe('the server is killed', () => {
  const spot = { step: 's03', point: 'during' } as const;
  test(
    'alone and with the worker, and brought back at once and later, while a command goes on that the next attempt has to stop',
    async () => {
      await Promise.all([
        judged({ spots: [spot], kills: ['server'], downSeconds: 2 }),
        judged({ spots: [spot], kills: ['server', 'worker'], lingerSeconds: 20 }),
      ]);
    },
    slow,
  );

  test(
    'in the moment in which a command asks it first: the command starts it again',
    async () => {
      const rig = new Rig();
      rigs.push(rig);
      await rig.bench.expect(0, 'dev', 'start');
      // It runs, and does not answer; then it is gone.
      const server = rig.nemesis.signal('server', 'SIGSTOP');
      const asked = finished(rig.bench.spawn(['runs']));
      await pause(3000);
      rig.nemesis.signal('server', 'SIGKILL');
      expect((await asked).code).toBe(0);
      expect(rig.nemesis.process('server')).not.toEqual(server);
    },
    slow,
  );
});
