import type { Dice } from '../dice.js';
import { Disk } from '../far/disk.js';
import { openFar } from '../far/host.js';
import { effectSteps } from '../reference.js';
import type { Rig } from '../rig.js';
import type { Point } from '../points.js';
import { together, type Outcome } from './scenario.js';
import { struck, type Fault } from './struck.js';

/** What is full, or read-only: the state folder with the database, the folder of the logs, the target's own files. */
export const places = ['database', 'logs', 'target'] as const;
export type Place = (typeof places)[number];
export type Harm = 'full' | 'read-only';

/** Sizes, KiB: room for some runs, and little more. */
const sizes = { database: 96 * 1024, logs: 1024, target: 256 } as const;

/** Where the wrapper on a target keeps what it must know after a crash. */
const kept = ['/run/runbook', '/var/lib/runbook'] as const;

// Not while a check is under way: one that is held up is stopped after two seconds, and begun anew.
const moments: readonly Point[] = ['before', 'during', 'unreported'];

/** Codes of what cannot be written here, and there; a change that nobody could look at is not settled. */
const unwritten = ['log-unwritable', 'command-failed', 'not-settled'] as const;

/** How long it is full where nobody has to find out, ms. */
const fullMs = 8000;

/** The small disks of a place, and the host on which they are felt. */
interface Stage {
  readonly disks: readonly Disk[];
  readonly host?: string;
}

async function staged(rig: Rig, place: Place): Promise<Stage> {
  switch (place) {
    case 'database':
      return { disks: [await Disk.mount(rig, rig.bench.state, sizes.database)] };
    case 'logs':
      return { disks: [await Disk.mount(rig, `${rig.bench.state}/logs`, sizes.logs)] };
    case 'target': {
      const disks = Object.fromEntries(kept.map((path) => [path, sizes.target]));
      const [far] = await openFar(rig, { target: { disks } });
      if (far === undefined) throw new Error('no host');
      return { disks: kept.map((path) => Disk.of(far.seats[0], path)), host: far.name };
    }
  }
}

function faultOf(place: Place, harm: Harm, disks: readonly Disk[]): Fault {
  const name = `${place} ${harm}`;
  const each = async (what: (disk: Disk) => Promise<void> | void): Promise<void> => {
    for (const disk of disks) await what(disk);
  };
  // A server tries again by itself; and a command that ends makes room for the record of the next one.
  const noticed = place === 'logs' || harm === 'read-only';
  return harm === 'full'
    ? { name, noticed, strike: () => each((d) => d.fill()), mend: () => each((d) => d.free()) }
    : {
        name,
        noticed,
        strike: () => each((disk) => disk.readOnly()),
        mend: () => each((disk) => disk.writable()),
      };
}

/** F8 and F9: one place is full or read-only, at each moment in a run of its own; then there is room again. */
export async function diskBroken(
  rig: Rig,
  dice: Dice,
  place: Place,
  harm: Harm,
  points: readonly Point[] = moments,
): Promise<Outcome> {
  const { disks, host } = await staged(rig, place);
  await rig.bench.expect(0, 'dev', 'start');
  const outcomes: Outcome[] = [];
  for (const point of dice.shuffled(points)) {
    const phase = { step: dice.pick(effectSteps), point };
    const fault = faultOf(place, harm, disks);
    const on = host === undefined ? {} : { host };
    outcomes.push(await struck(rig, { fault, phase, ...on, lastsMs: fullMs, codes: unwritten }));
  }
  return together(outcomes);
}
