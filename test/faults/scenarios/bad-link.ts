import type { Dice } from '../dice.js';
import { openFar, type Far } from '../far/host.js';
import type { Rig } from '../rig.js';
import { pause, together, type Outcome } from './scenario.js';
import { unreached } from './ssh-broken.js';
import { toTheEnd } from './struck.js';

/** How a link is bad all the time. */
export const badLinks = ['flapping', 'losing', 'far-away'] as const;
export type BadLink = (typeof badLinks)[number];

/** Packets that are lost each way, as a part of all. */
const lost = 0.05;
/** Half of a round trip, ms. */
const halfWayMs = 150;

/** Pulls the cable and puts it back in until told to stop: mostly for moments, now and then past every time-out. */
async function flap(dice: Dice, { network }: Far, over: () => boolean): Promise<number> {
  let times = 0;
  while (!over()) {
    await pause(1000 + dice.below(6000));
    if (over()) break;
    await network.cut();
    times += 1;
    await pause(dice.below(4) === 0 ? 22_000 : 200 + dice.below(3500));
    await network.splice();
  }
  return times;
}

/** F6: so many runs at once over one link that is bad in one way from their beginning to their end. */
export async function badLink(
  rig: Rig,
  dice: Dice,
  far: Far,
  kind: BadLink,
  runs: number,
): Promise<Outcome> {
  const ids = Array.from({ length: runs }, () => rig.newRun());
  let over = false;
  let flapping = Promise.resolve(0);
  if (kind === 'losing') await far.network.lose(lost);
  if (kind === 'far-away') far.proxy.delay(halfWayMs);
  if (kind === 'flapping') flapping = flap(dice.fork(), far, () => over);
  const outcomes: Outcome[] = await Promise.all(
    ids.map(async (run) => {
      await rig.start(run, { host: far.name, pace: String(dice.below(10) / 10) });
      const violations = await toTheEnd(rig, run, unreached);
      return { trials: 1, violations };
    }),
  ).finally(() => {
    over = true;
  });
  const times = await flapping;
  rig.nemesis.count(`${kind}: runs`);
  for (let time = 0; time < times; time += 1) rig.nemesis.count('link down and up');
  await far.network.clear();
  far.proxy.delay(0);
  for (const run of ids) outcomes.push({ trials: 0, violations: await rig.judge(run) });
  const { trials, violations } = together(outcomes);
  return {
    trials,
    violations: violations.map((one) => ({ ...one, what: `${kind}: ${one.what}` })),
  };
}

/** F6: each way, three runs at once over each. */
export async function everyBadLink(rig: Rig, dice: Dice): Promise<Outcome> {
  const wishes = badLinks.map((kind) => [kind, { through: kind === 'far-away' }] as const);
  const hosts = await openFar(rig, Object.fromEntries(wishes));
  await rig.bench.expect(0, 'dev', 'start');
  const all = hosts.map((far, at) => badLink(rig, dice.fork(), far, badLinks[at] ?? 'losing', 3));
  return together(await Promise.all(all));
}
