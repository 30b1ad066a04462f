import type { Dice } from '../dice.js';
import { openFar, type Far } from '../far/host.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import { together, type Outcome } from './scenario.js';
import { struck, type Fault, type Phase } from './struck.js';

/** How a connection breaks. */
export const breaks = ['half-open', 'black-hole', 'hung', 'reset', 'slow-drip'] as const;
export type Break = (typeof breaks)[number];

/** When: before the login, while a command runs, and when it has ended and nobody has learnt how. */
export const phases = ['login', 'during', 'unreported'] as const;
type Moment = (typeof phases)[number];

/** Codes of what cannot be reached, or not in time; a change that nobody could look at is not settled. */
export const unreached = ['unreachable', 'command-timeout', 'not-settled'] as const;

/** One byte in so many ms. */
const dripMs = 1000;

function faultOf(kind: Break, { network, seats: [sshd], proxy }: Far): Fault {
  const found = { name: kind, noticed: true };
  switch (kind) {
    case 'half-open':
      // Its power goes, so that it never says goodbye; when it is back it knows of nothing.
      return {
        ...found,
        strike: async () => {
          await network.silence();
          await sshd.die();
        },
        mend: async () => {
          await sshd.begin();
          await network.clear();
        },
      };
    case 'black-hole':
      return { ...found, strike: () => network.silence(), mend: () => network.clear() };
    case 'hung':
      return { ...found, strike: () => sshd.freeze(), mend: () => sshd.thaw() };
    case 'reset':
      return { ...found, strike: () => network.reset(), mend: () => network.clear() };
    case 'slow-drip':
      return { ...found, strike: () => proxy.drip(dripMs), mend: () => proxy.drip(0) };
  }
}

/** F5: one run whose connection breaks in one way at one moment. */
export async function sshBroken(
  rig: Rig,
  dice: Dice,
  far: Far,
  kind: Break,
  moment: Moment,
): Promise<Outcome> {
  // A connection that is warm from the run before would need no login.
  if (moment === 'login') for (const sshd of far.seats) sshd.hangUp();
  const phase: Phase =
    moment === 'login' ? moment : { step: dice.pick(effectSteps), point: moment };
  return struck(rig, { fault: faultOf(kind, far), phase, host: far.name, codes: unreached });
}

/** F5: each of five ways at so many of three moments, on five hosts side by side. */
export async function everyBreak(
  rig: Rig,
  dice: Dice,
  moments: number = phases.length,
): Promise<Outcome> {
  const names = breaks.map((kind) => [kind, { through: kind === 'slow-drip' }] as const);
  const hosts = await openFar(rig, Object.fromEntries(names));
  await rig.bench.expect(0, 'dev', 'start');
  const lanes = breaks.map(async (kind, at) => {
    const far = hosts[at];
    if (far === undefined) throw new Error(`no host for ${kind}`);
    const own = dice.fork();
    const outcomes: Outcome[] = [];
    for (const moment of own.shuffled(phases).slice(0, moments))
      outcomes.push(await sshBroken(rig, own, far, kind, moment));
    return together(outcomes);
  });
  return together(await Promise.all(lanes));
}
