import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../dice.js';
import { revive } from '../revive.js';
import type { Rig } from '../rig.js';

/** How often it is looked whether the time has come, ms. */
const lookEvery = 100;
/** The longest that a worker lives, ms. */
const livesAtMostMs = 30_000;
/** Events of the history that a worker may add before it is killed: those of a step are five or six. */
const getsOn = 30;
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
   * One time out of two at any time, else once the run has got somewhat further; and where a trap is, in its midst. Without
   * the second a slow machine would get nowhere.
   */
  async kill(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await pause(lookEvery);
      if (this.#open.size === 0) continue;
      await revive(this.#rig.bench);
      const anyTime = this.#dice.below(2) === 0;
      const end = Date.now() + (anyTime ? this.#dice.below(10_000) : livesAtMostMs);
      const more = anyTime ? Number.POSITIVE_INFINITY : 1 + this.#dice.below(getsOn);
      const from = await this.#progress();
      const lives = (): boolean => this.#rig.nemesis.process('worker') !== null;
      while (lives() && this.#open.size > 0 && Date.now() < end) {
        await pause(lookEvery);
        if ((await this.#trapped()) || (await this.#progress()) >= from + more) break;
      }
      if (this.#open.size > 0) this.#rig.nemesis.signal('worker', 'SIGKILL');
    }
  }

  /** How far the open run has come, in events of its history. */
  async #progress(): Promise<number> {
    const [run] = this.#open;
    return run === undefined ? 0 : this.#rig.progress(run);
  }

  /** True in the midst of a step with a trap, which has sprung then. */
  async #trapped(): Promise<boolean> {
    const [run] = this.#open;
    if (run === undefined) return false;
    const found = await this.#rig.interrupted(run, Date.now());
    const steps = found.flatMap(({ activity }) => (activity === 'service' ? [] : (activity ?? [])));
    const sprung = this.undoing
      ? steps.length > 0 && this.#traps.has('undo') && 'undo'
      : steps.find((step) => this.#traps.has(step));
    if (sprung === undefined || sprung === false) return false;
    this.#traps.delete(sprung);
    await pause(this.#dice.below(intoStepMs));
    return true;
  }
}
