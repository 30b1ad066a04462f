import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { items, stepsOf, writeFleet } from '../fleet.js';
import { checkFleet } from '../fleet-check.js';
import type { Victim } from '../nemesis.js';
import { points } from '../points.js';
import type { Rig } from '../rig.js';
import { together, wrongExit, type Outcome } from './scenario.js';

/** How the run of a fleet comes to its end. */
export type Ending = 'succeeds' | 'is undone' | 'is cancelled' | 'is cancelled and undone';

const exits: Readonly<Record<Ending, number>> = {
  succeeds: 0,
  'is undone': 4,
  'is cancelled': 4,
  'is cancelled and undone': 4,
};

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
  if (ending.startsWith('is cancelled')) {
    const step = dice.pick(items.slice(1).flatMap(stepsOf));
    await rig.ledgerHas(
      `${run} comes to ${step}`,
      (marks) => marks.some((mark) => mark.run === run && mark.step === step),
      240_000,
    );
    const undo = ending === 'is cancelled' ? [] : ['--undo'];
    await rig.insist('cancel', run, '--yes', ...undo);
    rig.nemesis.count('fleet cancelled');
  }
  const first = await rig.follow(run, where);
  if (ending === 'is undone') {
    violations.push(...wrongExit(`watch ${run}`, first, 3), ...(await rig.waits(run)));
    violations.push(...wrongExit(`undo ${run}`, await rig.undo(run, where), exits[ending]));
  } else {
    violations.push(...wrongExit(`watch ${run}`, first, exits[ending]));
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
