import type { Interruption } from './control.js';
import type { ItemOrder } from './items.js';
import { locksOf, take } from './locks.js';
import { lookAtItems } from './look-at-items.js';
import { hasMoved } from './observe.js';
import type { Run } from './run.js';
import { verdict } from './verdict.js';

/** What is different in the life of a run that is an item of another one's fleet. */
export class ItemLife {
  readonly #run: Run;
  /** What the run around this one has said and was not yet done. */
  readonly #orders: ('finish' | 'again' | 'look')[] = [];
  /** True while an item is through, and waits for what is to become of it. */
  #resting = false;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The run around this one, whose item it is, says what is to become of it. */
  take({ order, by, reason, superseded }: ItemOrder): void {
    const { control, undoing, engine, record } = this.#run;
    const note = (verb: 'resume' | 'undo' | 'cancel'): void =>
      this.#run.emit({
        type: 'decision',
        decision: { at: engine.now(), by, verb, step: null, reason },
      });
    switch (order) {
      case 'pause':
        if (!control.paused && !this.#resting && !undoing) this.#run.hold(by, reason);
        return;
      case 'resume':
        if (!control.paused) return;
        control.paused = false;
        note('resume');
        return;
      case 'ping':
        return;
      case 'look':
        this.#run.superseded = new Set(superseded);
        this.#orders.push(order);
        return;
      case 'again':
      case 'finish':
        this.#orders.push(order);
        return;
      case 'undo':
        if (undoing) return;
        note('undo');
        control.interrupt({ kind: 'undo', downTo: null });
        return;
      case 'cancel': {
        this.#orders.push('finish');
        if (this.#resting) return;
        note('cancel');
        const parked = record.waitingFor.find(({ verbs }) => verbs.includes('cancel'));
        if (!undoing) control.interrupt({ kind: 'cancel', undo: false });
        else if (parked !== undefined)
          control.deliver(parked.path, {
            decision: { verb: 'cancel', step: parked.path, by, reason },
            accept: () => {},
            refuse: () => {},
          });
      }
    }
  }

  /**
   * An item is through, well or not. It gives its leases back, and stays until nothing more can be asked of
   * it: until then it can be put back, or begun again.
   */
  async rest(
    interruption: Interruption | null,
    interruptible: (work: () => Promise<void>) => Promise<Interruption | null>,
  ): Promise<'finish' | 'again' | 'look' | Interruption> {
    const run = this.#run;
    const { state, failure } = verdict(interruption);
    // Those of the run around it are not its own to give back.
    const lent = new Set(run.program.within?.fences.map(({ resource }) => resource));
    const own = Object.keys(run.leases).filter((resource) => !lent.has(resource));
    await run.engine.shielded(() => run.engine.release(own));
    for (const resource of own) {
      delete run.leases[resource];
      run.keptLeases.delete(resource);
    }
    const last = run.record.decisions.at(-1);
    const why =
      last === undefined ? '' : ` by ${last.by}${last.reason === '' ? '' : `: ${last.reason}`}`;
    run.emit({
      type: 'failure',
      failure:
        failure ??
        (state === 'succeeded'
          ? null
          : { code: 'item-failed', message: `${state}${why}`, hint: null, class: 'permanent' }),
    });
    run.emit({ type: 'done' });
    this.#resting = true;
    const asked = await interruptible(async () => {
      await run.engine.until(() => this.#orders.length > 0);
    });
    this.#resting = false;
    if (asked === null) return this.#orders.shift() ?? 'finish';
    return asked.kind === 'undo' ? asked : 'finish';
  }

  /** Takes the leases again that were given back, and begins anew what has failed. */
  async again(): Promise<void> {
    const run = this.#run;
    await this.#lock();
    run.emit({ type: 'failure', failure: null });
    for (const { path, outcome, applied, restored } of run.record.steps) {
      if (outcome !== 'failed') continue;
      const kept = applied && !restored;
      run.emit({ type: 'step-reset', path, kept });
      if (!kept) run.forget(path);
    }
  }

  /**
   * Looks again at what the item has done. Where something is no longer so it takes its leases again, and that step
   * parks; else nothing is told but that it is through, as before.
   */
  async look(): Promise<void> {
    const run = this.#run;
    if (!(await hasMoved(run))) return lookAtItems(run);
    await this.#lock();
    run.emit({ type: 'running' });
    await run.observe('');
  }

  /** Waits for the leases that an item has given back when it was through; for nothing where it has changed nothing. */
  async relock(): Promise<void> {
    const run = this.#run;
    if (run.record.steps.some(({ applied, restored }) => applied && !restored)) await this.#lock();
  }

  async #lock(): Promise<void> {
    const run = this.#run;
    const locks = locksOf(run, run.root);
    await run.engine.shielded(() =>
      take(run, locks, 'run', () =>
        run.emit({ type: 'queued', locks: locks.map(({ resource }) => resource) }),
      ),
    );
  }
}
