import { finished } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import { wrongExit, together, type Outcome } from './scenario.js';

/**
 * F13: a run is cancelled by two people at once while a step is at work, and once more when it is over. With
 * `undo` all is put back before it ends.
 */
export async function cancelled(rig: Rig, step: string, undo: boolean): Promise<Outcome> {
  const run = rig.newRun();
  await rig.start(run, { pace: '0.4' });
  await rig.ledgerHas(`${run} comes to ${step}`, (marks) =>
    marks.some((mark) => mark.run === run && mark.step === step && mark.word === 'start'),
  );
  const args = ['cancel', run, '--yes', '--plain', ...(undo ? ['--undo'] : [])];
  const both = await Promise.all([1, 2].map(() => finished(rig.bench.spawn(args), 120_000)));
  rig.nemesis.count(undo ? 'cancel --undo' : 'cancel');
  const violations: Violation[] = both.flatMap((one) => wrongExit(`cancel ${run}`, one, 0, 1));
  const taken = both.some(({ code }) => code === 0);
  const ended = await rig.follow(run, { serversDie: false });
  // The last step may be through by the time that the cancel arrives: then the run says so.
  violations.push(...wrongExit(`watch ${run}`, ended, taken ? 4 : 0));
  const late = await rig.bench.run('cancel', run, '--yes');
  violations.push(...wrongExit(`cancel ${run} once more`, late, 1));
  const evidence = await rig.evidence(run);
  const right = taken ? (undo ? 'undone' : 'cancelled') : 'succeeded';
  if (evidence.record.state !== right)
    violations.push({ invariant: 'I5', what: `${run} has ${evidence.record.state}, not ${right}` });
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}

/** Cancels at so many seeded points, some runs side by side. */
export async function cancelledAt(rig: Rig, dice: Dice, points: number): Promise<Outcome> {
  const steps = dice.shuffled(effectSteps).slice(0, points);
  const outcomes: Outcome[] = [];
  const odd = dice.below(2);
  for (let at = 0; at < steps.length; at += 2) {
    const pair = steps.slice(at, at + 2);
    outcomes.push(
      ...(await Promise.all(pair.map((step, index) => cancelled(rig, step, index === odd)))),
    );
  }
  return together(outcomes);
}
