import type { Dice } from './dice.js';
import { fuzzFiles } from './fuzz.js';
import { allSpots, inGroups, points, type Spot } from './points.js';
import { effectSteps } from './reference.js';
import type { Replayed } from './replay.js';
import type { Rig } from './rig.js';
import { cancelledAt } from './scenarios/cancelled.js';
import { fleets } from './scenarios/fleets.js';
import { historyLimits } from './scenarios/history-limits.js';
import { hostilePaths } from './scenarios/hostile-paths.js';
import { injected } from './scenarios/injected.js';
import { lacksLab } from './lab/lab.js';
import { killed } from './scenarios/killed.js';
import { KilledOften } from './scenarios/killed-often.js';
import { MaintenanceKilled } from './scenarios/maintenance-killed.js';
import { Mix } from './scenarios/mixed.js';
import { together, type Outcome, type Scenario } from './scenarios/scenario.js';
import { rawOutput } from './scenarios/raw-output.js';
import { secretsTold } from './scenarios/secrets-told.js';
import { signalled, signals } from './scenarios/signalled.js';
import { staleHolder } from './scenarios/stale-holder.js';
import { sameId, samePlace } from './scenarios/started-twice.js';
import { tasksLost } from './scenarios/tasks-lost.js';
import { versionSkew } from './scenarios/version-skew.js';
import { surroundingParts } from './surrounding-rounds.js';

/** A scenario by its name. */
export interface Part {
  readonly name: string;
  readonly play: Scenario;
  /** What this machine lacks of what it needs; left out where it needs no more than the others. */
  readonly lacks?: () => readonly string[];
}

/** Beyond the ten seconds after which a worker counts as lost: the next attempt meets the command alive. */
const longLinger = 14;

async function oneByOne(parts: readonly (() => Promise<Outcome>)[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const part of parts) outcomes.push(await part());
  return together(outcomes);
}

function someSpots(dice: Dice, count: number): Spot[] {
  const steps = dice.shuffled(effectSteps).slice(0, count);
  return steps.map((step) => ({ step, point: dice.pick(points) }));
}

const linger = (dice: Dice): number => (dice.below(4) === 0 ? longLinger : 0);

/** Worker killed at each of some points: one part for at most one point a step and direction. */
export function killedAt(all: readonly Spot[]): Part[] {
  return inGroups(all).map((spots) => ({
    name: 'worker-killed',
    play: (rig, dice) => killed(rig, { spots, kills: ['worker'], lingerSeconds: linger(dice) }),
  }));
}

const others: readonly Part[] = [
  {
    name: 'server-killed',
    play: (rig, dice) =>
      oneByOne(
        [0, 2].map(
          (downSeconds) => () =>
            killed(rig, {
              spots: someSpots(dice, downSeconds === 0 ? 4 : 1),
              kills: ['server'],
              downSeconds,
            }),
        ),
      ),
  },
  {
    name: 'both-killed',
    play: (rig, dice) =>
      killed(rig, {
        spots: someSpots(dice, 4),
        kills: dice.shuffled(['server', 'worker'] as const),
        lingerSeconds: linger(dice),
      }),
  },
  {
    name: 'started-twice',
    play: (rig) => oneByOne([() => sameId(rig, 50), () => samePlace(rig)]),
  },
  { name: 'cancelled', play: (rig, dice) => cancelledAt(rig, dice, 10) },
  ...(['client', 'worker'] as const).map((whom): Part => ({
    name: `${whom}-signalled`,
    play: (rig, dice) =>
      oneByOne(
        signals.map((signal) => () => signalled(rig, dice, { whom, signal }, { whom, signal })),
      ),
  })),
  {
    name: 'hostile-words',
    play: (rig, dice) => oneByOne([1, 2].map(() => () => injected(rig, dice, 100))),
  },
  {
    name: 'hostile-files',
    play: async (_rig, dice) => {
      const { files, faults } = fuzzFiles(dice, 2500);
      return { trials: files, violations: faults.map((what) => ({ invariant: 'I10', what })) };
    },
  },
  { name: 'hostile-paths', play: (rig, dice) => hostilePaths(rig, dice, 200) },
  { name: 'raw-output', play: (rig, dice) => rawOutput(rig, dice, 250, 2) },
  { name: 'secrets-told', play: (rig, dice) => secretsTold(rig, dice, 10) },
  { name: 'killed-often', play: (rig, dice) => new KilledOften(rig, dice).play(240_000) },
  {
    name: 'maintenance-killed',
    play: (rig, dice) => new MaintenanceKilled(rig, dice).play(600_000),
    lacks: lacksLab,
  },
  { name: 'tasks-lost', play: tasksLost },
  { name: 'stale-holder', play: (rig) => staleHolder(rig) },
  { name: 'fleets', play: fleets },
  { name: 'history-limits', play: historyLimits },
  { name: 'version-skew', play: versionSkew },
  { name: 'mixed', play: (rig, dice) => new Mix(rig, dice).play(120_000) },
];

/** Everything once: all countable points, and every other way of breaking things. */
export const parts: readonly Part[] = [...others, ...surroundingParts, ...killedAt(allSpots)];

/** Names of parts, for choosing among them. */
export const partNames: readonly string[] = [...new Set(parts.map(({ name }) => name))];

/** What a part came to, with all that it has left in the history. */
export type Played = Outcome & Omit<Replayed, 'violations'>;

/** Plays a part on a rig, and replays all that it has left in the history. */
export async function played(part: Part, rig: Rig, dice: Dice): Promise<Played> {
  const outcome = await part.play(rig, dice);
  if (part.name === 'hostile-files') return { ...outcome, histories: 0, recoveries: [], late: [] };
  const { violations, ...replayed } = await rig.replay(outcome.interrupted);
  const all = [...outcome.violations, ...violations, ...rig.memory(), ...rig.secrets.leaks()];
  return { trials: outcome.trials, violations: all, ...replayed };
}
