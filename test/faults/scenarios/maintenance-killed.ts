import { setTimeout as pause } from 'node:timers/promises';
import { endedStates } from '../../../core/run/outcome.js';
import { until } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { Interruptions } from '../interruptions.js';
import { atWork, overlapping } from '../lab/attempts.js';
import type { DeedKind } from '../lab/deeds.js';
import { Lab } from '../lab/lab.js';
import { checkMaintenance, endings, type Ending } from '../lab/maintenance-check.js';
import { Killer } from '../lab/killer.js';
import { differences, situationOf, type Situation } from '../lab/situation.js';
import type { Rig } from '../rig.js';
import { wrongExit, type Outcome } from './scenario.js';

/** The longest that a maintenance may need under all these kills, ms. */
const endsWithinMs = 900_000;
/** What follows by itself from what a run has put back is there by then, ms. */
const settlesWithinMs = 60_000;
/** Failures with which a lost worker may park a run: nobody knows, or what was done is so no longer. */
const parksWith: readonly string[] = ['in-doubt', 'regressed'];
/** A person who finds a run parked so often gives up. */
const maxRetries = 6;
/** When the one is put back that is cancelled: as soon as this was seen of its node. */
const cancelledAt: readonly DeedKind[] = ['claim', 'cordon', 'evict', 'withdraw', 'lost'];

/**
 * F1 on real nodes: one maintenance after another, each other node in turn, while the worker is killed as soon as it
 * is back. A trial is a worker that was killed while one was under way.
 */
export class MaintenanceKilled {
  readonly #rig: Rig;
  readonly #dice: Dice;
  readonly #open = new Set<string>();
  readonly #interruptions: Interruptions;
  readonly #killer: Killer;
  readonly #violations: Violation[] = [];

  constructor(rig: Rig, dice: Dice) {
    this.#rig = rig;
    this.#dice = dice;
    this.#interruptions = new Interruptions(rig, this.#open);
    this.#killer = new Killer(rig, dice.fork(), this.#open);
  }

  /** Begins maintenances for so long, and comes to the end of the last. */
  async play(ms: number): Promise<Outcome> {
    const lab = await Lab.open(this.#rig);
    const before = await situationOf(lab);
    const over = new AbortController();
    const { signal } = over;
    const others = [this.#killer.kill(signal), this.#interruptions.look(signal)];
    await Promise.all([
      this.#maintenances(lab, before, Date.now() + ms).finally(() => over.abort()),
      ...others,
    ]);
    const interrupted = this.#interruptions.found();
    this.#count(interrupted);
    const trials = this.#interruptions.kills().length;
    return { trials, violations: this.#violations, interrupted };
  }

  /** How often each step was hit; beside all of them goes the probe. */
  #count(interrupted: ReturnType<Interruptions['found']>): void {
    const hits = new Map(this.#interruptions.kills().map(({ at }) => [at, new Set<string>()]));
    for (const { killedAt, activity } of interrupted)
      if (activity !== 'service') hits.get(killedAt)?.add(activity ?? 'a decision of the engine');
    for (const steps of hits.values())
      for (const step of steps.size === 0 ? ['no step'] : steps)
        this.#rig.nemesis.count(`worker killed in ${step}`);
  }

  async #maintenances(lab: Lab, before: Situation, end: number): Promise<void> {
    for (let times = 0; Date.now() < end; times += 1) {
      const node = lab.workers[times % lab.workers.length] ?? '';
      const ending = endings[times % endings.length] ?? 'by hand';
      await this.#maintenance(lab, before, node, ending);
    }
  }

  async #maintenance(lab: Lab, before: Situation, node: string, ending: Ending): Promise<void> {
    const run = this.#rig.newRun();
    const [seen, { made, failed }] = [lab.deeds.all.length, lab.calls];
    const work = ending === 'restarted' ? ['--work=node-restart'] : [];
    this.#killer.lay();
    this.#open.add(run);
    const overlaps = new Set<string>();
    const over = new AbortController();
    const watch = lookForOverlaps(run, overlaps, over.signal);
    try {
      const args = ['start', 'node-maintenance', `--node=${node}`, ...work, '--id', run];
      const started = await this.#rig.insist(...args, '--detach', '--yes');
      this.#violations.push(...wrongExit(`start ${run}`, started, 0));
      await this.#toTheEnd(lab, run, node, ending, seen);
    } finally {
      this.#open.delete(run);
      over.abort();
      await watch;
    }
    const changed = await changedBy(lab, before);
    const evidence = await this.#rig.evidence(run);
    const { calls } = lab;
    this.#rig.nemesis.count(`maintenance ${ending}`);
    this.#rig.nemesis.count('calls of the service', calls.made - made);
    this.#rig.nemesis.count('calls of the service lost', calls.failed - failed);
    const account = {
      ...evidence,
      node,
      ending,
      deeds: lab.deeds.all.slice(seen),
      changed,
      overlaps: [...overlaps],
      calls: { made: calls.made - made, failed: calls.failed - failed },
      processes: lab.processes(run),
    };
    this.#violations.push(...checkMaintenance(account));
  }

  /** Decides as an operator would, until the run has ended. */
  async #toTheEnd(
    lab: Lab,
    run: string,
    node: string,
    ending: Ending,
    seen: number,
  ): Promise<void> {
    const at = ending === 'cancelled' ? this.#dice.pick(cancelledAt) : null;
    const due = (): boolean =>
      at !== null &&
      lab.deeds.all.slice(seen).some((deed) => deed.node === node && deed.what === at);
    const end = Date.now() + endsWithinMs;
    let decided = false;
    for (let retries = 0; Date.now() < end;) {
      await pause(200);
      const state = await this.#rig.state(run);
      if ((endedStates as readonly string[]).includes(state)) return;
      if (state === 'parked') {
        retries += 1;
        await this.#retry(run, retries);
      } else if (!decided && (due() || state === 'waiting')) {
        // Something may also be broken while it waits.
        if (state === 'waiting') await pause(this.#dice.below(6000));
        decided = await this.#decide(run, ending);
      }
    }
    throw new Error(`${run} did not come to its end`);
  }

  /** What a person decides; false where it has not got through. */
  async #decide(run: string, ending: Ending): Promise<boolean> {
    const decisions = {
      'by hand': ['confirm', run],
      restarted: ['confirm', run],
      undone: ['undo', run, '--yes'],
      cancelled: ['cancel', run, '--undo', '--yes'],
    } as const satisfies Record<Ending, readonly string[]>;
    this.#killer.undoing = ending === 'undone' || ending === 'cancelled';
    const { code } = await this.#rig.insist(...decisions[ending], '--reason', 'done');
    return code === 0;
  }

  /** Tries again what a kill may have parked; anything else is a violation. */
  async #retry(run: string, retries: number): Promise<void> {
    const { record } = await this.#rig.evidence(run);
    for (const { path, failure } of record.steps.filter(({ phase }) => phase === 'parked')) {
      const told = `${path}: ${failure?.code} ${failure?.message}`;
      this.#rig.nemesis.count(`parked with ${failure?.code}`);
      if (!parksWith.includes(failure?.code ?? ''))
        this.#violations.push({ invariant: 'I5', what: `${run} is parked: ${told}` });
      if (retries > maxRetries) throw new Error(`${run} is parked again and again: ${told}`);
      // Where it has just gone on by itself the decision comes too late, and is refused.
      await this.#rig.insist('retry', run, path, '--reason', 'the worker was killed');
    }
  }
}

async function lookForOverlaps(run: string, found: Set<string>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    for (const one of overlapping(atWork(run))) found.add(one);
    await pause(200);
  }
}

/** What is not as before: at once, of what the run itself has put back; else when it had time to settle. */
async function changedBy(lab: Lab, before: Situation): Promise<string[]> {
  const { firm } = await situationOf(lab);
  let slow: string[] = [];
  const settled = async (): Promise<boolean> => {
    slow = differences(before.slow, (await situationOf(lab)).slow);
    return slow.length === 0;
  };
  await until('it settles', settled, settlesWithinMs).catch(() => undefined);
  return [...differences(before.firm, firm), ...slow];
}
