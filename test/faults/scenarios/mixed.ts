import type { ChildProcess } from 'node:child_process';
import { finished } from '../../client/e2e/bench.js';
import { hasEnded } from '../../../core/run/outcome.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import type { Rig } from '../rig.js';
import { pause, wrongExit, type Outcome } from './scenario.js';

/** Runs that are at work at once. */
const lanes = 4;
/** A worker that stands still for longer than its heartbeat may be late loses its steps to the next attempt. */
const frozenMs = 12_500;

/** F27: runs at once, and all the while something is killed, frozen, stopped or cancelled, by seed. */
export class Mix {
  readonly #rig: Rig;
  readonly #dice: Dice;
  readonly #open = new Map<string, ChildProcess>();
  readonly #violations: Violation[] = [];
  #runs = 0;
  #over = false;

  constructor(rig: Rig, dice: Dice) {
    this.#rig = rig;
    this.#dice = dice;
  }

  /** Goes on for so long, then lets everything come to its end and judges it. */
  async play(ms: number): Promise<Outcome> {
    const end = Date.now() + ms;
    await this.#rig.bench.expect(0, 'dev', 'start');
    const working = Array.from({ length: lanes }, () => this.#lane(this.#dice.fork(), end));
    const breaking = this.#break(this.#dice.fork());
    await Promise.all(working);
    this.#over = true;
    await breaking;
    return { trials: this.#runs, violations: this.#violations };
  }

  async #lane(dice: Dice, end: number): Promise<void> {
    do {
      const run = this.#rig.newRun();
      const back = dice.below(2) === 0;
      const pace = String(0.1 + dice.below(8) / 10);
      await this.#rig.start(run, { pace, hold: back });
      const state = await this.#toTheEnd(run, dice);
      this.#runs += 1;
      if (state !== null) this.#violations.push({ invariant: 'I8', what: `${run}: ${state}` });
      this.#violations.push(...(await this.#rig.judge(run)));
    } while (Date.now() < end);
  }

  /** Looks again whenever the view is lost, as a person would; null once the run has ended. */
  async #toTheEnd(run: string, dice: Dice): Promise<string | null> {
    for (let looks = 0; looks < 40; looks += 1) {
      const watcher = this.#rig.bench.spawn(['watch', run, '--plain']);
      this.#open.set(run, watcher);
      const { code } = await finished(watcher, 240_000);
      this.#open.delete(run);
      if (code === 3) {
        this.#violations.push(...(await this.#rig.waits(run)));
        await this.#rig.insist('undo', run, '--yes');
      }
      if (code !== 0 && code !== 4) continue;
      const { record } = await this.#rig.evidence(run);
      if (hasEnded(record.state)) return null;
      await pause(dice.below(500));
    }
    return 'did not come to an end';
  }

  async #break(dice: Dice): Promise<void> {
    while (!this.#over) {
      await pause(1500 + dice.below(9000));
      if (this.#over) return;
      await this.#strike(dice);
    }
  }

  async #strike(dice: Dice): Promise<void> {
    const { nemesis } = this.#rig;
    switch (dice.below(7)) {
      case 0:
      case 1:
        nemesis.signal('worker', 'SIGKILL');
        return;
      case 2:
        nemesis.signal('server', 'SIGKILL');
        return;
      case 3:
        nemesis.signal('server', 'SIGKILL');
        nemesis.signal('worker', 'SIGKILL');
        return;
      case 4:
        nemesis.signal('worker', 'SIGTERM');
        return;
      case 5: {
        const frozen = nemesis.signal('worker', 'SIGSTOP');
        await pause(frozenMs);
        if (frozen !== null && nemesis.process('worker')?.began === frozen.began)
          nemesis.signal('worker', 'SIGCONT');
        return;
      }
      default:
        return this.#bother(dice);
    }
  }

  /** What people do: close the terminal, cancel. */
  async #bother(dice: Dice): Promise<void> {
    const open = [...this.#open];
    if (open.length === 0) return;
    const [run, watcher] = dice.pick(open);
    if (dice.below(2) === 0) {
      watcher.kill('SIGKILL');
      this.#rig.nemesis.count('SIGKILL client');
      return;
    }
    const undo = dice.below(2) === 0 ? ['--undo'] : [];
    const result = await this.#rig.bench.run('cancel', run, '--yes', ...undo);
    this.#rig.nemesis.count('cancel');
    // Refused where it is at its end, or where the server has just died.
    this.#violations.push(...wrongExit(`cancel ${run}`, result, 0, 1, 69));
  }
}
