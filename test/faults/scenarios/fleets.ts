import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { items, stepsOf, writeFleet } from '../fleet.js';
import { checkFleet } from '../fleet-check.js';
import type { Mark } from '../ledger.js';
import type { Victim } from '../nemesis.js';
import { points } from '../points.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';

/** How the run of a fleet comes to its end. */
export type Ending = 'succeeds' | 'is undone' | 'is cancelled' | 'is cancelled and undone';

/** How the command line that follows it may end. A cancel may come too late. */
const exits: Readonly<Record<Ending, readonly number[]>> = {
  succeeds: [0],
  'is undone': [3],
  'is cancelled': [4, 0],
  'is cancelled and undone': [4, 0],
};

/** Cancels a run when one of its items is at work. */
async function cancel(rig: Rig, dice: Dice, run: string, ending: Ending): Promise<void> {
  const step = dice.pick(items.slice(1).flatMap(stepsOf));
  const begun = (marks: readonly Mark[]): boolean =>
    marks.some((mark) => mark.run === run && mark.step === step);
  await rig.ledgerHas(`${run} comes to ${step}`, begun, 240_000);
  await rig.insist('cancel', run, '--yes', ...(ending === 'is cancelled' ? [] : ['--undo']));
  rig.nemesis.count('fleet cancelled');
}

/**
 * F1, F2 and F13 for fleets: worker or server are killed at some points of some items, and the run of all items
 * succeeds, is put back, or is cancelled while one of them is at work.
 */
export async function fleet(
  rig: Rig,
  dice: Dice,
  kills: readonly Victim[],
  ending: Ending,
): Promise<Outcome> {
  writeFleet(rig.bench);
  const run = rig.newRun();
  const where = { serversDie: kills.includes('server') };
  const steps = dice.shuffled(items.flatMap(stepsOf)).slice(0, 4);
  for (const step of steps)
    rig.nemesis.lay(run, { step, point: dice.pick(points) }, { kills, lingerSeconds: 0 });
  const hold = ending === 'is undone' ? ['--hold'] : [];
  const start = await rig.insist(
    'start',
    'fleet',
    '--id',
    run,
    '--detach',
    `--ledger=${run}`,
    ...hold,
  );
  const violations: Violation[] = wrongExit(`start ${run}`, start, 0);
  const [first] = await Promise.all([
    // Who follows brings back what has died.
    rig.follow(run, where),
    ending.startsWith('is cancelled') ? cancel(rig, dice, run, ending) : null,
  ]);
  violations.push(...wrongExit(`watch ${run}`, first, ...exits[ending]));
  if (ending === 'is undone') {
    violations.push(...(await rig.waits(run)));
    violations.push(...wrongExit(`undo ${run}`, await rig.undo(run, where), 4));
  }
  rig.nemesis.count(`fleet that ${ending}, ${kills.join(' and ')} killed`);
  return { trials: 1, violations: [...violations, ...checkFleet(await rig.evidence(run))] };
}

/** Every ending, one after another, with the worker killed or both. */
export async function fleets(rig: Rig, dice: Dice): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const ending of Object.keys(exits) as Ending[]) {
    const kills = dice.below(2) === 0 ? (['worker'] as const) : (['server', 'worker'] as const);
    outcomes.push(await fleet(rig, dice, kills, ending));
  }
  return together(outcomes);
}
