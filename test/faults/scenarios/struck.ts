import { until } from '../../client/e2e/bench.js';
import { patience } from '../../patience.js';
import type { RunRecord } from '../../../core/record.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import type { Spot } from '../points.js';
import { pause, wrongExit, type Outcome } from './scenario.js';

/**
 * One way to break what is around a run: its target, its network, its disk. What breaks a machine as a whole (power
 * off, another time) fits in here too, for whoever has a virtual one.
 */
export interface Fault {
  /** How it is told. */
  readonly name: string;
  strike(): Promise<void> | void;
  mend(): Promise<void> | void;
  /** True where it must have been found out before it is mended; else it is mended after a while. */
  readonly noticed: boolean;
}

/** Where a fault strikes: at a point of a step, or before the run has connected to its target. */
export type Phase = Spot | 'login';

export interface Strike {
  readonly fault: Fault;
  readonly phase: Phase;
  /** Host of the inventory; this machine unless told. */
  readonly host?: string;
  /** How long a fault goes on that nobody needs to notice, ms. */
  readonly lastsMs?: number;
  /** Codes of failures with which the run may wait for a person meanwhile. */
  readonly codes: readonly string[];
}

/** A fault that was not found out by then never will be, ms. */
const noticeMs = 90_000 * patience;
/** A person who looks at a parked run so often, and finds it parked again, gives up. */
const maxRetries = 6;
const held = 600;

/** True once anything of the run has had to be tried again. */
function isHit({ steps, state }: RunRecord): boolean {
  return state === 'parked' || steps.some(({ attempts }) => attempts > 1);
}

async function noticed(rig: Rig, run: string): Promise<Violation[]> {
  try {
    await until('it is found out', async () => isHit((await rig.evidence(run)).record), noticeMs);
    return [];
  } catch (error) {
    return [{ invariant: 'I8', what: `${run}: ${String(error)}` }];
  }
}

/**
 * Lets a run go on for as long as it is parked by what was broken; by anything else is a violation. It ends, or waits
 * for a person at the step `holds`.
 */
export async function toTheEnd(
  rig: Rig,
  run: string,
  codes: readonly string[],
  { holds = null, exit = 0 }: { readonly holds?: string | null; readonly exit?: number } = {},
): Promise<Violation[]> {
  for (let retries = 0; ; retries += 1) {
    const result = await rig.follow(run, { serversDie: true });
    if (result.code !== 3) return wrongExit(`watch ${run}`, result, exit);
    const { record } = await rig.evidence(run);
    if (holds !== null && record.waitingFor.some(({ path }) => path === holds)) return [];
    const parked = record.steps.filter(({ phase }) => phase === 'parked');
    const wrong = parked.filter(({ failure }) => !codes.includes(failure?.code ?? ''));
    if (wrong.length > 0 || retries === maxRetries) {
      const why = (wrong.length > 0 ? wrong : parked)
        .map(({ path, failure }) => `${path}: ${failure?.code} ${failure?.message}`)
        .join('; ');
      return [{ invariant: 'I5', what: `${run} is parked (${retries} retries): ${why}` }];
    }
    // Where it has just gone on by itself the decision comes too late, and is refused.
    for (const { path } of parked) await rig.insist('retry', run, path, '--reason', 'mended');
    rig.nemesis.count('parked, and tried again');
  }
}

/** A run during which a fault strikes once, is found out, and is mended: it comes to its end, and is judged. */
export async function struck(rig: Rig, strike: Strike): Promise<Outcome> {
  const { fault, phase, host, lastsMs = 3000, codes } = strike;
  const run = rig.newRun();
  const violations: Violation[] = [];
  const wishes = host === undefined ? {} : { host };
  if (phase === 'login') {
    await fault.strike();
    await rig.start(run, wishes);
  } else {
    rig.nemesis.lay(run, phase, { kills: [], lingerSeconds: 0, holdSeconds: held });
    await rig.start(run, wishes);
    await until('the trap springs', () => rig.nemesis.sprung(run, phase));
    await fault.strike();
    rig.nemesis.release(run, phase);
  }
  rig.nemesis.count(`${fault.name} at ${phase === 'login' ? phase : phase.point}`);
  try {
    if (fault.noticed) violations.push(...(await noticed(rig, run)));
    else await pause(lastsMs);
  } finally {
    await fault.mend();
  }
  violations.push(...(await toTheEnd(rig, run, codes)));
  const told = violations.map(({ invariant, what }) => ({
    invariant,
    what: `${fault.name}: ${what}`,
  }));
  return { trials: 1, violations: [...told, ...(await rig.judge(run))] };
}
