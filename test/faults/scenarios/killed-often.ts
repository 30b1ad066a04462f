import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../client/e2e/bench.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { openFar, type Far } from '../far/host.js';
import { Interruptions } from '../interruptions.js';
import { points } from '../points.js';
import { effectSteps, onceRunbook } from '../reference.js';
import { revive } from '../revive.js';
import type { Rig } from '../rig.js';
import type { Outcome } from './scenario.js';

/** Runs at work at once: while some wait for a missed heartbeat, the others are hit. */
const runsAtOnce = 8;
/** Places per run at which the worker is killed, beside the kills at any time. */
const trapsPerRun = 5;
/** The longest that a run may need under all these kills, ms. */
const endsWithinMs = 3_600_000;
const ends = ['succeeded', 'failed', 'undone', 'stopped'];
/** How often it is looked whether somebody was killed, ms. */
const lookEvery = 50;

/**
 * F1: the worker is killed as often as it can be brought back, at any time and at any point, by seed; half of the runs
 * go over ssh, where root may make a host for them.
 */
export class KilledOften {
  readonly #rig: Rig;
  readonly #dice: Dice;
  readonly #open = new Set<string>();
  readonly #violations: Violation[] = [];
  readonly #interruptions: Interruptions;
  #far: Far | null = null;

  constructor(rig: Rig, dice: Dice) {
    this.#rig = rig;
    this.#dice = dice;
    this.#interruptions = new Interruptions(rig, this.#open);
  }

  /**
   * Begins runs for so long, and kills until all have come to their end, and are judged. A trial is a worker that was
   * killed.
   */
  async play(ms: number): Promise<Outcome> {
    const end = Date.now() + ms;
    if (process.getuid?.() === 0) this.#far = (await openFar(this.#rig, { far: {} }))[0] ?? null;
    await this.#rig.bench.expect(0, 'dev', 'start');
    const over = new AbortController();
    const { signal } = over;
    const others = [this.#kill(this.#dice.fork(), signal), this.#interruptions.look(signal)];
    await Promise.all(
      Array.from({ length: runsAtOnce }, () => this.#runs(this.#dice.fork(), end)),
    ).finally(() => over.abort());
    await Promise.all(others);
    const interrupted = this.#interruptions.found();
    const hit = new Set(interrupted.map(({ killedAt }) => killedAt)).size;
    this.#rig.nemesis.count('worker killed in the middle of something', hit);
    const trials = this.#interruptions.kills().length;
    return { trials, violations: this.#violations, interrupted };
  }

  /** One run after another. */
  async #runs(dice: Dice, end: number): Promise<void> {
    do {
      const run = this.#rig.newRun();
      const back = dice.below(2) === 0;
      for (const step of dice.shuffled(effectSteps).slice(0, trapsPerRun)) {
        const spot = { step, point: dice.pick(points) };
        this.#rig.nemesis.lay(run, spot, { kills: ['worker'], lingerSeconds: 0 });
      }
      const pace = String(dice.below(5) / 10);
      const away = this.#far !== null && dice.below(2) === 0 ? { host: this.#far.name } : {};
      await this.#rig.start(run, { pace, hold: back, runbook: onceRunbook, ...away });
      this.#open.add(run);
      do {
        await this.#comesTo(run, ['waiting', 'parked', ...ends]);
      } while ((await this.#rig.state(run)) === 'parked' && (await this.#rig.answered(run)));
      this.#violations.push(...(await this.#rig.waits(run)));
      if (back) {
        const { code, stderr } = await this.#rig.insist('undo', run, '--yes');
        // One whose answer was lost has been taken, and the next is told so.
        if (code !== 0 && !stderr.includes('is being undone already')) {
          this.#violations.push({ invariant: 'I8', what: `undo ${run}: exit ${code}: ${stderr}` });
          return;
        }
        await this.#comesTo(run, ends);
      }
      this.#open.delete(run);
      this.#violations.push(...(await this.#rig.judge(run)));
      if ((await this.#rig.state(run)) !== (back ? 'undone' : 'succeeded'))
        this.#violations.push({ invariant: 'I8', what: `${run} did not come to its end` });
    } while (Date.now() < end);
  }

  async #comesTo(run: string, states: readonly string[]): Promise<void> {
    const there = async (): Promise<boolean> => states.includes(await this.#rig.state(run));
    await until(`${run} comes to its end`, there, endsWithinMs);
  }

  /**
   * Brings back the worker and kills it: one time out of two at any time, else after it has got so far with the runs.
   * Without the latter a slow machine would get nowhere.
   */
  async #kill(dice: Dice, over: AbortSignal): Promise<void> {
    const marks = (): number => this.#rig.marks().length;
    while (!over.aborted) {
      await pause(lookEvery);
      await revive(this.#rig.bench);
      const anyTime = dice.below(2) === 0;
      const end = Date.now() + (anyTime ? dice.below(3000) : 15_000);
      const enough = anyTime ? Number.POSITIVE_INFINITY : marks() + 1 + dice.below(9);
      const lives = (): boolean => this.#rig.nemesis.process('worker') !== null;
      while (lives() && Date.now() < end && marks() < enough) await pause(lookEvery);
      this.#rig.nemesis.signal('worker', 'SIGKILL');
    }
  }
}
