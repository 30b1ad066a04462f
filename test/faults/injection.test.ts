import { afterAll, beforeAll, expect } from '@jest/globals';
import { withServer } from '../client/e2e/cli.js';
import { Dice } from './dice.js';
import { Rig } from './rig.js';
import { injected } from './scenarios/injected.js';

const test = withServer(['grep', 'sed', 'sort', 'env']);
const slow = 180_000;
let rig: Rig;
beforeAll(() => {
  rig = new Rig();
});
afterAll(() => rig.close(), slow);

test(
  'words that a shell could take for something else arrive byte for byte, from the command line to the program',
  async () => {
    expect(await injected(rig, new Dice(20_261_124), 80)).toEqual({ trials: 1, violations: [] });
  },
  slow,
);
