import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../dice.js';
import { revive } from '../revive.js';
import type { Rig } from '../rig.js';

/** How often it is looked whether the time has come, ms. */
const lookEvery = 100;
/** The longest that a worker lives, ms. */
const livesAtMostMs = 20_000;
/** Steps in whose midst the worker is killed, beside the kills at any time: while pods leave, and while the node is out. */
const midsts = [
  'drain',
  'withdraw',
  'routes-gone[router]',
  'work/restart',
  'node-back',
  'agent-back',
  'advertise',
  'routes-back[router]',
  'settled',
] as const;
/** How far into a step that is, ms. */
const intoStepMs = 3000;

/** Kills the worker of a lab again and again while a run is open, by seed, and brings it back at once. */
export class Killer {
  /** True once the open run is being put back: then, too, it is hit. */
  undoing = false;
  readonly #rig: Rig;
  readonly #dice: Dice;
  readonly #open: ReadonlySet<string>;
  /** Attempts that were seen in hand. */
  readonly #begun = new Set<string>();
  #traps = new Set<string>();

  constructor(rig: Rig, dice: Dice, open: ReadonlySet<string>) {
    this.#rig = rig;
    this.#dice = dice;
    this.#open = open;
  }

  /** Lays traps for the next run. */
  lay(): void {
    this.undoing = false;
    this.#traps = new Set(['drain', ...this.#dice.shuffled(midsts).slice(0, 3), 'undo']);
  }

  /**
   * One time out of two at any time, else shortly after another step has begun; and where a trap is, in its midst.
   */
  async kill(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await pause(lookEvery);
      if (this.#open.size === 0) continue;
      await revive(this.#rig.bench);
      const anyTime = this.#dice.below(2) === 0;
      const end = Date.now() + (anyTime ? this.#dice.below(10_000) : livesAtMostMs);
      const enough = anyTime
        ? Number.POSITIVE_INFINITY
        : this.#begun.size + 1 + this.#dice.below(3);
      const lives = (): boolean => this.#rig.nemesis.process('worker') !== null;
      while (lives() && this.#open.size > 0 && Date.now() < end) {
        await pause(lookEvery);
        if (await this.#trapped()) break;
        if (this.#begun.size < enough) continue;
        await pause(this.#dice.below(500));
        break;
      }
      if (this.#open.size > 0) this.#rig.nemesis.signal('worker', 'SIGKILL');
    }
  }

  /** Notes what is in hand; true in the midst of a step with a trap, which has sprung then. */
  async #trapped(): Promise<boolean> {
    const [run] = this.#open;
    if (run === undefined) return false;
    const found = await this.#rig.inHand(run);
    for (const { activity, begunAt } of found) this.#begun.add(`${run} ${activity} ${begunAt}`);
    const steps = found.flatMap(({ activity }) => activity ?? []);
    const sprung = this.undoing
      ? steps.some((step) => step !== 'service') && this.#traps.has('undo') && 'undo'
      : steps.find((step) => this.#traps.has(step));
    if (sprung === undefined || sprung === false) return false;
    this.#traps.delete(sprung);
    await pause(this.#dice.below(intoStepMs));
    return true;
  }
}
