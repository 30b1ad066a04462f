import { until } from '../../client/e2e/bench.js';
import type { Violation } from '../evidence.js';
import type { Victim } from '../nemesis.js';
import { inUndo, type Spot } from '../points.js';
import { onceRunbook } from '../reference.js';
import type { Rig } from '../rig.js';
import { pause, wrongExit, type Outcome } from './scenario.js';

/** What is killed, and where. */
export interface Killing {
  /** At most one per step and direction. */
  readonly spots: readonly Spot[];
  readonly kills: readonly Victim[];
  /** How long nobody brings back what was killed at the first spot. */
  readonly downSeconds?: number;
  /** How long a command goes on after the kill: beyond ten seconds the next attempt meets it alive. */
  readonly lingerSeconds?: number;
}

/**
 * F1 and F2: one run, in which worker, server or both are killed at each of some countable points, in its undo
 * too where one of the points lies there. A trap that did not spring is an error of the harness.
 */
export async function killed(rig: Rig, killing: Killing): Promise<Outcome> {
  const { spots, kills, downSeconds = 0, lingerSeconds = 0 } = killing;
  const run = rig.newRun();
  for (const spot of spots) rig.nemesis.lay(run, spot, { kills, lingerSeconds });
  const violations: Violation[] = [];
  const back = spots.some(inUndo);
  const where = { serversDie: kills.includes('server') };
  await rig.start(run, { hold: back, runbook: onceRunbook });
  const [first] = spots.filter((spot) => !inUndo(spot));
  if (downSeconds > 0 && first !== undefined) {
    await until('the first trap springs', () => rig.nemesis.sprung(run, first));
    await pause(downSeconds * 1000);
  }
  violations.push(...wrongExit(`watch ${run}`, await rig.follow(run, where), back ? 3 : 0));
  if (back) {
    violations.push(...(await rig.waits(run)));
    violations.push(...wrongExit(`undo ${run}`, await rig.undo(run, where), 4));
  }
  for (const spot of spots) {
    if (!rig.nemesis.sprung(run, spot)) {
      throw new Error(
        `${run}: no kill at ${spot.step} ${spot.point}\n${JSON.stringify(violations)}`,
      );
    }
    for (const victim of kills) rig.nemesis.count(`KILL ${victim} at ${spot.point}`);
  }
  return { trials: spots.length, violations: [...violations, ...(await rig.judge(run))] };
}
