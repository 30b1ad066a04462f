import { spawn, type ChildProcess } from 'node:child_process';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Victim } from '../nemesis.js';
import type { Rig } from '../rig.js';
import { pause, together, wrongExit, type Outcome } from './scenario.js';

/** Processes that want a processor each, all the time. */
const busyProcesses = 20;
/** With the two seconds between heartbeats still less than the ten after which a worker counts as lost, ms. */
const stalledMs = 5500;
/** Longer than that: what it has in hand is given to the next attempt, ms. */
const frozenMs = 12_500;

/** After so many, the runs are let go on. */
const mostStalls = 6;

/** What slows a run down: too little processor, or a worker or a server whose thread stands still now and then. */
export const loads = ['busy', 'worker-stalls', 'server-stalls', 'worker-freezes'] as const;
export type Load = (typeof loads)[number];

/** Keeps all processors busy until it is told to stop. */
export function busy(processes = busyProcesses): () => void {
  const children = Array.from({ length: processes }, (): ChildProcess =>
    spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }),
  );
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
}

/** Lets a process stand still, for less than its heartbeat may be late unless told. One that was exchanged meanwhile is left alone. */
export async function stall(rig: Rig, victim: Victim, ms = stalledMs): Promise<void> {
  const found = rig.nemesis.signal(victim, 'SIGSTOP');
  await pause(ms);
  if (found !== null && rig.nemesis.process(victim)?.began === found.began)
    rig.nemesis.signal(victim, 'SIGCONT');
}

async function stalls(rig: Rig, dice: Dice, kind: Load, over: () => boolean): Promise<void> {
  if (kind === 'busy') return;
  const victim = kind === 'server-stalls' ? 'server' : 'worker';
  for (let times = 0; times < mostStalls && !over(); times += 1) {
    await stall(rig, victim, kind === 'worker-freezes' ? frozenMs : stalledMs);
    await pause(1500 + dice.below(2500));
  }
}

/** Who was only slow was taken for dead: what it had in hand was begun once more. */
function falseVerdicts(rig: Rig, run: string): Violation[] {
  return rig
    .marks(run)
    .filter(({ word, attempt }) => word === 'start' && attempt > 1)
    .map(({ step, verb }) => ({
      invariant: 'I2',
      what: `${run}: ${verb} of ${step} was begun again, though its worker was alive`,
    }));
}

/**
 * F26: so many runs at once, all the while that something is slow. They come to their end; where nothing stood still for
 * longer than its heartbeat may be late, nothing is begun a second time.
 */
export async function overloaded(rig: Rig, dice: Dice, kind: Load, runs: number): Promise<Outcome> {
  const ids = Array.from({ length: runs }, () => rig.newRun());
  for (const run of ids) await rig.start(run, { pace: String(0.5 + dice.below(20) / 10) });
  const relax = kind === 'busy' ? busy() : () => undefined;
  let over = false;
  const stalling = stalls(rig, dice.fork(), kind, () => over);
  const violations: Violation[] = [];
  try {
    const ends = ids.map(async (run) => {
      const watched = await rig.follow(run, { serversDie: true, withinMs: 600_000 });
      violations.push(...wrongExit(`watch ${run}`, watched, 0));
    });
    await Promise.all(ends);
  } finally {
    over = true;
    relax();
    await stalling;
  }
  for (const run of ids) {
    if (kind !== 'worker-freezes') violations.push(...falseVerdicts(rig, run));
    violations.push(...(await rig.judge(run)));
  }
  rig.nemesis.count(`runs under load: ${kind}`, runs);
  return {
    trials: runs,
    violations: violations.map((one) => ({ ...one, what: `${kind}: ${one.what}` })),
  };
}

/** F26: each load, three runs at once under it. */
export async function everyLoad(rig: Rig, dice: Dice): Promise<Outcome> {
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const kind of dice.shuffled(loads))
    outcomes.push(await overloaded(rig, dice.fork(), kind, 3));
  return together(outcomes);
}
