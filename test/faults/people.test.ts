import { afterAll, beforeAll, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import { Dice } from './dice.js';
import { Rig } from './rig.js';
import { cancelledAt } from './scenarios/cancelled.js';
import type { Outcome } from './scenarios/scenario.js';
import { signalled } from './scenarios/signalled.js';
import { sameId, samePlace } from './scenarios/started-twice.js';

const test = withServer();
const slow = 300_000;
const dice = new Dice(20_261_124);
let rig: Rig;
beforeAll(() => {
  rig = new Rig();
});
afterAll(() => rig.close(), slow);

async function sound(outcome: Promise<Outcome>, trials: number): Promise<void> {
  expect(await outcome).toEqual({ trials, violations: [] });
}

test('one id that is started six times at once runs once', () => sound(sameId(rig, 6), 1), slow);
test('two runs at one place: one is refused, or comes after', () => sound(samePlace(rig), 4), slow);
test(
  'cancelled by two people at once, with and without undo',
  () => sound(cancelledAt(rig, dice, 2), 2),
  slow,
);
test(
  'the command line is hung up on in a run, the worker is asked to end in its undo',
  () => {
    const going = { whom: 'client', signal: 'SIGHUP' } as const;
    const back = { whom: 'worker', signal: 'SIGTERM' } as const;
    return sound(signalled(rig, dice, going, back), 1);
  },
  slow,
);
test(
  'every history of these replays, and no secret is anywhere',
  async () => {
    const { histories, violations } = await rig.replay();
    expect([...violations, ...rig.secrets.leaks()]).toEqual([]);
    expect(histories).toBeGreaterThan(8);
  },
  slow,
);
