import { finished } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
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

/**
 * F14: command line and worker get a signal, once while the run goes on and once while it is put back. Neither
 * stops it: it comes to its end for whoever looks next.
 */
export async function signalled(
  rig: Rig,
  dice: Dice,
  signal: Signal,
  whom: 'worker' | 'client',
): Promise<Outcome> {
  const run = rig.newRun();
  const violations: Violation[] = [];
  const step = dice.pick(effectSteps);
  const back = dice.pick(effectSteps);
  await rig.start(run, { hold: true, pace: '0.3' });

  const hit = async (args: readonly string[], verb: 'apply' | 'undo', at: string, end: number) => {
    const follower = rig.bench.spawn([...args, '--plain']);
    const ended = finished(follower, 240_000);
    // Before its first words it has not begun to follow.
    const follows = new Promise((resolve) => follower.stdout?.once('data', resolve));
    await Promise.race([follows, ended]);
    await rig.ledgerHas(`${run} comes to ${verb} ${at}`, (marks) =>
      marks.some((mark) => mark.run === run && mark.verb === verb && mark.step === at),
    );
    if (whom === 'worker') {
      rig.nemesis.signal('worker', signal);
      violations.push(...wrongExit(args.join(' '), await ended, end));
      return;
    }
    follower.kill(signal);
    rig.nemesis.count(`${signal} client`);
    // One that was just about to end may do so.
    violations.push(...wrongExit(args.join(' '), await ended, exitOf[signal], end));
    violations.push(...wrongExit(`watch ${run}`, await rig.follow(run), end));
  };
  await hit(['watch', run], 'apply', step, 3);
  violations.push(...(await rig.waits(run)));
  await hit(['undo', run, '--yes', '--watch'], 'undo', back, 4);
  return { runs: 1, violations: [...violations, ...(await rig.judge(run))] };
}
