import { finished } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Mark } from '../ledger.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
export type Signal = (typeof signals)[number];

/** How the command line ends: by itself where it can, and then it says that the run goes on. */
const exitOf: Readonly<Record<Signal, number>> = {
  SIGINT: 130,
  SIGTERM: 130,
  SIGHUP: -1,
  SIGKILL: -1,
};

/** Who gets which signal. */
export interface Hit {
  readonly whom: 'worker' | 'client';
  readonly signal: Signal;
}

/**
 * F14: command line or worker get a signal, once while the run goes on and once while it is put back. Neither
 * stops it: it comes to its end for whoever looks next.
 */
export async function signalled(rig: Rig, dice: Dice, going: Hit, back: Hit): Promise<Outcome> {
  const run = rig.newRun();
  const steps = [dice.pick(effectSteps), dice.pick(effectSteps)] as const;
  await rig.start(run, { hold: true, pace: '0.3' });
  const violations: Violation[] = [
    ...(await struck(rig, run, going, ['watch', run], 'apply', steps[0])),
    ...(await rig.waits(run)),
    ...(await struck(rig, run, back, ['undo', run, '--yes', '--watch'], 'undo', steps[1])),
  ];
  return { trials: 1, violations: [...violations, ...(await rig.judge(run))] };
}

/** Follows a run with a command, and strikes when a step is at work. */
async function struck(
  rig: Rig,
  run: string,
  { whom, signal }: Hit,
  args: readonly string[],
  verb: Mark['verb'],
  step: string,
): Promise<Violation[]> {
  const right = verb === 'apply' ? 3 : 4;
  const follower = rig.bench.spawn([...args, '--plain']);
  const ended = finished(follower, 240_000);
  // Before its first words it has not begun to follow.
  const follows = new Promise((resolve) => follower.stdout?.once('data', resolve));
  await Promise.race([follows, ended]);
  await rig.ledgerHas(`${run} comes to ${verb} ${step}`, (marks) =>
    marks.some((mark) => mark.run === run && mark.verb === verb && mark.step === step),
  );
  if (whom === 'worker') {
    rig.nemesis.signal('worker', signal);
    return wrongExit(args.join(' '), await ended, right);
  }
  follower.kill(signal);
  rig.nemesis.count(`${signal} client`);
  return [
    // One that was just about to end may do so.
    ...wrongExit(args.join(' '), await ended, exitOf[signal], right),
    ...wrongExit(`watch ${run}`, await rig.follow(run, { serversDie: false }), right),
  ];
}
