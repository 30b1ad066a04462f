import type { Dice } from '../dice.js';
import { openFar, type Far } from '../far/host.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import type { Point } from '../points.js';
import { together, type Outcome } from './scenario.js';
import { unreached } from './ssh-broken.js';
import { struck, type Fault } from './struck.js';

/** Why a host is not where it was. */
export const reasons = ['rebooted', 'moved'] as const;
export type Reason = (typeof reasons)[number];

/** Where in a step. */
const moments: readonly Point[] = ['between', 'before', 'during', 'unreported'];

function faultOf(reason: Reason, far: Far): Fault {
  const {
    network,
    seats: [sshd],
  } = far;
  return reason === 'rebooted'
    ? { name: reason, noticed: false, strike: () => sshd.die(), mend: () => sshd.begin() }
    : { name: reason, noticed: false, strike: () => network.move(), mend: () => undefined };
}

/** F7: the host is switched off in the middle of a step and comes back, or its address moves to another seat. */
export function hostAway(
  rig: Rig,
  dice: Dice,
  far: Far,
  reason: Reason,
  point: Point,
): Promise<Outcome> {
  const phase = { step: dice.pick(effectSteps), point };
  const lastsMs = reason === 'rebooted' ? dice.below(12_000) : 0;
  return struck(rig, {
    fault: faultOf(reason, far),
    phase,
    host: far.name,
    lastsMs,
    codes: unreached,
  });
}

/** F7: both reasons at each of four moments, on two hosts side by side. */
export async function everyWayAway(rig: Rig, dice: Dice): Promise<Outcome> {
  const hosts = await openFar(rig, { rebooted: {}, moved: { movable: true } });
  await rig.bench.expect(0, 'dev', 'start');
  const lanes = hosts.map(async (far, at) => {
    const own = dice.fork();
    const outcomes: Outcome[] = [];
    for (const point of own.shuffled(moments))
      outcomes.push(await hostAway(rig, own, far, reasons[at] ?? 'rebooted', point));
    return together(outcomes);
  });
  return together(await Promise.all(lanes));
}
