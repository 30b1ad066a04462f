import { describe, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import type { Register } from '../needs.js';
import { Dice } from './dice.js';
import { networkNeeds } from './far/network.js';
import { Rig } from './rig.js';
import { played, type Part } from './rounds.js';
import { sampleFar, sampleHere } from './sample.js';

// What each commit is tried with of `npm run faults`. Most of it is waiting for heartbeats: some rounds go side by side.

const seed = 20_261_127;
const slow = 900_000;

function rounds(test: Register, parts: readonly Part[]): void {
  parts.forEach((part, at) => {
    test(
      `${part.name}, seed ${seed + at}`,
      async () => {
        const rig = new Rig();
        try {
          const { violations, trials } = await played(part, rig, new Dice(seed + at));
          expect(violations).toEqual([]);
          expect(trials).toBeGreaterThan(0);
        } finally {
          await rig.close();
        }
      },
      slow,
    );
  });
}

describe('a sample of what is broken on purpose, over ssh', () => {
  const commands = [...networkNeeds.commands, 'sshd', 'ssh-keygen', 'flock'];
  rounds(withServer(commands, { root: true, concurrent: true }), sampleFar);
});

describe('a sample of what is broken on purpose, here', () => {
  rounds(withServer(['grep', 'sed', 'sort', 'env'], { concurrent: true }), sampleHere);
});
