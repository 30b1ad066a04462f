import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import { Dice } from './dice.js';
import { diskNeeds } from './far/disk.js';
import { networkNeeds } from './far/network.js';
import { Rig } from './rig.js';
import { clusterTroubled, openApi } from './scenarios/cluster-api.js';
import { diskBroken } from './scenarios/disk-broken.js';
import { lyingTarget, openLiars } from './scenarios/lying-target.js';
import type { Outcome } from './scenarios/scenario.js';

// A sample of what `npm run faults` does to targets, networks, disks and API servers.

const commands = [...networkNeeds.commands, ...diskNeeds.commands, 'sshd', 'ssh-keygen', 'flock'];
const slow = 300_000;
const dice = new Dice(20_261_127);
let rig: Rig;
beforeAll(() => {
  rig = new Rig();
});
afterAll(() => rig.close(), slow);

async function sound(outcome: Promise<Outcome>): Promise<void> {
  expect(await outcome).toEqual({ trials: 1, violations: [] });
}

describe('what is around a run breaks, and is mended', () => {
  const test = withServer(commands, { root: true });

  test(
    'its log has no room, and its target says too much',
    async () => {
      await sound(diskBroken(rig, dice, 'logs', 'full', ['during']));
      const [liar] = await openLiars(rig, dice, ['bashrc-noise']);
      if (liar === undefined) throw new Error('no host');
      await sound(lyingTarget(rig, liar));
    },
    slow,
  );
});

describe('an API server', () => {
  const test = withServer(['kubectl']);
  test(
    'has too much to do, and loses answers',
    async () => {
      const api = await openApi(rig);
      await sound(clusterTroubled(rig, dice, api, 'throttled'));
    },
    slow,
  );
});
