import type { ChildProcess } from 'node:child_process';
import { finished } from '../../client/e2e/bench.js';
import { hasEnded } from '../../../core/run/outcome.js';
import type { Dice } from '../dice.js';
import type { Violation } from '../evidence.js';
import { Disk } from '../far/disk.js';
import { openFar, type Far } from '../far/host.js';
import type { Rig } from '../rig.js';
import { busy, stall } from './overloaded.js';
import { pause, wrongExit, type Outcome } from './scenario.js';
import { unreached } from './ssh-broken.js';

/** Runs that are at work at once. */
const lanes = 4;
/** A worker that stands still for longer than its heartbeat may be late loses its steps to the next attempt. */
const frozenMs = 12_500;
/** How much room there is for logs, KiB. */
const logsKib = 64 * 1024;
/** Codes with which a run may wait for a person, who then tries again. */
const codes: readonly string[] = [...unreached, 'log-unwritable', 'undo-failed'];

/**
 * F27: runs at once, here and over ssh, and all the while something is killed, frozen, slow, stopped, full, out of reach or
 * cancelled, by seed; in every other round with a second worker.
 */
export class Mix {
  readonly #rig: Rig;
  readonly #dice: Dice;
  readonly #open = new Map<string, ChildProcess>();
  readonly #violations: Violation[] = [];
  #far: Far | null = null;
  #logs: Disk | null = null;
  #runs = 0;
  #over = false;

  constructor(rig: Rig, dice: Dice) {
    this.#rig = rig;
    this.#dice = dice;
  }

  /** Goes on for so long, then lets everything come to its end and judges it. */
  async play(ms: number): Promise<Outcome> {
    await this.#surround();
    await this.#rig.bench.expect(0, 'dev', 'start');
    const second = this.#dice.below(2) === 0 ? this.#rig.bench.spawn(['worker']) : null;
    const end = Date.now() + ms;
    const working = Array.from({ length: lanes }, () => this.#lane(this.#dice.fork(), end));
    const breaking = this.#break(this.#dice.fork());
    await Promise.all(working);
    this.#over = true;
    await breaking;
    second?.kill('SIGTERM');
    return { trials: this.#runs, violations: this.#violations };
  }

  /** A host over ssh, and a disk of their own for the logs, where root may make them. */
  async #surround(): Promise<void> {
    if (process.getuid?.() !== 0) return;
    this.#logs = await Disk.mount(this.#rig, `${this.#rig.bench.state}/logs`, logsKib);
    this.#far = (await openFar(this.#rig, { far: {} }))[0] ?? null;
  }

  async #lane(dice: Dice, end: number): Promise<void> {
    do {
      const run = this.#rig.newRun();
      const back = dice.below(2) === 0;
      const pace = String(0.1 + dice.below(8) / 10);
      const away = this.#far !== null && dice.below(2) === 0 ? { host: this.#far.name } : {};
      await this.#rig.start(run, { pace, hold: back, ...away });
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
      if (code === 3) await this.#decide(run);
      if (code !== 0 && code !== 4) continue;
      const { record } = await this.#rig.evidence(run);
      if (hasEnded(record.state)) return null;
      await pause(dice.below(500));
    }
    return 'did not come to an end';
  }

  /** What was broken around a run parks it, and is tried again; a run that waits at its end is put back. */
  async #decide(run: string): Promise<void> {
    const { record } = await this.#rig.evidence(run);
    const parked = record.steps.filter(({ phase }) => phase === 'parked');
    if (parked.some(({ failure }) => !codes.includes(failure?.code ?? '')))
      this.#violations.push(...(await this.#rig.waits(run)));
    for (const { path } of parked) await this.#rig.insist('retry', run, path, '--reason', 'mended');
    if (record.state === 'waiting') await this.#rig.insist('undo', run, '--yes');
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
    switch (dice.below(11)) {
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
      case 6:
        return stall(this.#rig, dice.pick(['worker', 'server'] as const));
      case 7:
        return this.#load(dice);
      case 8:
      case 9:
        return this.#surroundings(dice);
      default:
        return this.#bother(dice);
    }
  }

  /** Too little processor for a while. */
  async #load(dice: Dice): Promise<void> {
    const relax = busy();
    this.#rig.nemesis.count('busy processors');
    await pause(3000 + dice.below(7000));
    relax();
  }

  /** No room for logs, or the host out of reach: silent, resetting, or standing still; for moments or past every time-out. */
  async #surroundings(dice: Dice): Promise<void> {
    const [logs, far] = [this.#logs, this.#far];
    const ms = dice.below(3) === 0 ? 22_000 : 1000 + dice.below(5000);
    const kind = dice.pick(['logs full', 'black hole', 'reset', 'hung'] as const);
    if (kind === 'logs full' ? logs === null : far === null) return;
    this.#rig.nemesis.count(kind);
    if (kind === 'logs full') logs?.fill();
    else if (kind === 'hung') far?.seats[0].freeze();
    else await (kind === 'reset' ? far?.network.reset() : far?.network.silence());
    await pause(ms);
    if (kind === 'logs full') logs?.free();
    else if (kind === 'hung') far?.seats[0].thaw();
    else await far?.network.clear();
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
