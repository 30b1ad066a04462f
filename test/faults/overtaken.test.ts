import { afterAll, beforeAll, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import { Dice } from './dice.js';
import { Rig } from './rig.js';
import { fleet } from './scenarios/fleets.js';
import { staleHolder } from './scenarios/stale-holder.js';

// A sample of what `npm run faults` does: fleets, and workers that wake up too late.

const test = withServer();
const slow = 600_000;
const rigs: Rig[] = [];
beforeAll(() => {
  rigs.push(new Rig(), new Rig());
});
afterAll(async () => {
  for (const rig of rigs) await rig.close();
}, slow);

test(
  'a holder that wakes up too late changes nothing; a fleet whose worker is killed is cancelled and put back',
  async () => {
    const [first, second] = rigs;
    if (first === undefined || second === undefined) throw new Error('no rigs');
    const outcomes = await Promise.all([
      staleHolder(first),
      fleet(second, new Dice(20_261_127), ['worker'], 'is cancelled and undone'),
    ]);
    expect(outcomes.flatMap(({ violations }) => violations)).toEqual([]);
    expect(outcomes.map(({ trials }) => trials)).toEqual([2, 1]);
    for (const rig of rigs) expect((await rig.replay()).violations).toEqual([]);
  },
  slow,
);
