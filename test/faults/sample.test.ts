import { describe, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import type { Register } from '../needs.js';
import { Dice } from './dice.js';
import { networkNeeds } from './far/network.js';
import { Rig } from './rig.js';
import { played, type Part, type Played } from './rounds.js';
import { sampleFar, sampleHere } from './sample.js';

// What each commit is tried with of `npm run faults`. Most of it is waiting for heartbeats: some rounds go side by side.

const lanes = 5;
const seed = 20_261_127;
const slow = 900_000;
/** Rounds that wait for a lane, in their order. */
const waiting: (() => Promise<void>)[] = [];
let free = lanes;

async function work(): Promise<void> {
  free -= 1;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  free += 1;
}

function begin(part: Part, at: number): Promise<Played> {
  return new Promise((resolve) => {
    waiting.push(async () => {
      const rig = new Rig();
      const outcome = played(part, rig, new Dice(seed + at));
      await outcome.catch(() => undefined);
      await rig.close();
      resolve(outcome);
    });
    if (free > 0) void work();
  });
}

/** Registers a test of each part; all of them begin with the first. */
function rounds(test: Register, parts: readonly Part[]): void {
  let begun: Promise<PromiseSettledResult<Played>[]>[] = [];
  parts.forEach((part, at) => {
    test(
      `${part.name}, seed ${seed + at}`,
      async () => {
        if (begun.length === 0)
          begun = parts.map((one, own) => Promise.allSettled([begin(one, own)]));
        const [outcome] = (await begun[at]) ?? [];
        if (outcome?.status !== 'fulfilled') throw outcome?.reason;
        expect(outcome.value.violations).toEqual([]);
        expect(outcome.value.trials).toBeGreaterThan(0);
      },
      slow,
    );
  });
}

describe('a sample of what is broken on purpose, over ssh', () => {
  rounds(
    withServer([...networkNeeds.commands, 'sshd', 'ssh-keygen', 'flock'], { root: true }),
    sampleFar,
  );
});

describe('a sample of what is broken on purpose, here', () => {
  rounds(withServer(['grep', 'sed', 'sort', 'env']), sampleHere);
});
