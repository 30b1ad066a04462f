import { PermanentError } from '../../core/errors.js';
import type { Decision } from '../../core/run/control.js';
import { StepFailure } from '../../core/run/engine.js';
import type { Interpreter } from '../../core/run/interpreter.js';
import { isRefused } from '../../core/run/refused.js';
import { failureOf } from '../../core/run/run.js';
import type { Call } from './call.js';
import type { Answer, Asked, Entry, Fact } from './entry.js';
import type { Journal } from './journal.js';
import type { Kernel } from './kernel.js';

/** Something that comes from outside of the interpreter. */
type Input =
  | { readonly kind: 'answer'; readonly call: Call; readonly answer: Answer }
  | {
      readonly kind: 'decision';
      readonly run: string;
      readonly decision: Decision;
      /** Where it is refused, the run goes on no further. */
      readonly orStop: boolean;
      readonly reply: (refused: string | null) => void;
    }
  | { readonly kind: 'stop' };

/** What a drive works with. */
export interface DriveDeps {
  readonly kernel: Kernel;
  /** All that there is to do. */
  execute(): Promise<unknown>;
  /** A run that takes decisions; null where there is none of this id. */
  find(run: string): Pick<Interpreter, 'decide' | 'refusal'> | null;
  readonly journal: Pick<Journal, 'append'>;
  /** Present time, RFC 3339 UTC. */
  now(): string;
  /** Called whenever there may be something new to see. */
  show(): void;
}

function toError(answer: Answer): Error {
  return 'failure' in answer ? new StepFailure(answer.failure) : new Error('no failure');
}

/**
 * Moves a run on, one input after the other: an input is written to the journal, then handed over, then everything
 * goes on as far as it can, and only then is begun what was asked for meanwhile. So whatever the interpreter knows is
 * in the journal, and a journal that is read again brings it to the very same place.
 */
export class Drive {
  readonly #deps: DriveDeps;
  readonly #queue: Input[] = [];
  readonly #begun = new Set<Call>();
  #wake: () => void = () => undefined;
  #stopping = false;
  #over = false;
  #fault: unknown = null;

  constructor(deps: DriveDeps) {
    this.#deps = deps;
  }

  /** Has a decision taken; answers why it was refused, or null. `orStop`: then nothing is begun. */
  decide(run: string, decision: Decision, orStop = false): Promise<string | null> {
    return new Promise((reply) => this.#put({ kind: 'decision', run, decision, orStop, reply }));
  }

  /** Ends {@link run} as soon as no change is under way. Looks are broken off: they are done again. */
  stop(): void {
    this.#put({ kind: 'stop' });
  }

  #put(input: Input): void {
    this.#queue.push(input);
    this.#wake();
  }

  /**
   * Brings the interpreter to where the journal ends.
   * @throws PermanentError `journal-unusable` where it asks for other things now than it did then
   */
  async replay(past: readonly Entry[]): Promise<void> {
    const { kernel, find } = this.#deps;
    void this.#execute();
    await kernel.settle();
    for (const entry of past) {
      if (entry.type === 'begun') this.#asked(entry).begun += 1;
      if (entry.type !== 'answered' && entry.type !== 'decided') continue;
      kernel.at = entry.at;
      if (entry.type === 'answered') this.#answer(this.#asked(entry), entry.answer);
      else
        find(entry.run)
          ?.decide(entry.decision)
          .catch(() => undefined);
      await kernel.settle();
      if (this.#fault !== null) throw this.#fault;
    }
  }

  async #execute(): Promise<void> {
    try {
      await this.#deps.execute();
      this.#over = true;
    } catch (error) {
      this.#fault = error ?? new Error('the interpreter failed');
    }
    this.#wake();
  }

  #asked({ call, what }: Asked): Call {
    const found = this.#deps.kernel.open.get(call);
    if (found?.what === what) return found;
    throw new PermanentError(
      'journal-unusable',
      `the journal has '${what}' where ${found === undefined ? 'nothing' : `'${found.what}'`} is asked for now`,
      { hint: 'it was written by another build of runbook: go on with that one' },
    );
  }

  #answer(call: Call, answer: Answer): void {
    this.#deps.kernel.open.delete(call.call);
    call.settle(answer, toError);
  }

  /** Goes on from where the journal ends. */
  async run(): Promise<'ended' | 'stopped'> {
    const { kernel, show } = this.#deps;
    for (;;) {
      show();
      if (this.#fault !== null) throw this.#fault;
      if (this.#over) return 'ended';
      const input = this.#queue.shift();
      if (input !== undefined) {
        await this.#take(input);
        continue;
      }
      if (this.#stopping) {
        const busy = [...kernel.open.values()].some(
          ({ atWork, order }) => atWork && order.effect === 'change',
        );
        if (!busy) return 'stopped';
      } else await this.#begin();
      if (this.#queue.length === 0 && !this.#over && this.#fault === null) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async #note(fact: Fact): Promise<void> {
    const { kernel, journal, now } = this.#deps;
    const present = now();
    // A clock that was set back does not make time run backwards.
    const at = present > kernel.at ? present : kernel.at;
    await journal.append({ ...fact, at });
    kernel.at = at;
  }

  async #take(input: Input): Promise<void> {
    const { kernel, find } = this.#deps;
    switch (input.kind) {
      case 'stop':
        this.#stopping = true;
        for (const call of kernel.open.values()) if (call.order.effect !== 'change') call.leave();
        return;
      case 'answer': {
        const { call, answer } = input;
        // It may have been given up meanwhile, by the interpreter or by this process.
        if (!kernel.open.has(call.call) || call.left) return;
        await this.#note({ type: 'answered', call: call.call, what: call.what, answer });
        this.#answer(call, answer);
        break;
      }
      case 'decision': {
        const { run, decision, orStop, reply } = input;
        const interpreter = find(run);
        const wrong = this.#stopping
          ? 'its process is about to end; try again'
          : interpreter === null
            ? `no run ${run} is at work here`
            : interpreter.refusal(decision);
        if (wrong !== null || interpreter === null) {
          if (orStop) this.#stopping = true;
          return reply(wrong);
        }
        await this.#note({ type: 'decided', run, decision });
        interpreter.decide(decision).then(
          () => reply(null),
          (error: unknown) => {
            if (orStop) this.stop();
            reply(isRefused(error) ? error.message : failureOf(error).message);
          },
        );
        break;
      }
      default: {
        const never: never = input;
        return never;
      }
    }
    await kernel.settle();
  }

  /** Begins what was asked for. That a change is begun is durable before it is. */
  async #begin(): Promise<void> {
    for (const call of this.#deps.kernel.open.values()) {
      if (this.#begun.has(call)) continue;
      this.#begun.add(call);
      if (call.order.effect !== 'none' && !call.cancelled) {
        await this.#note({ type: 'begun', call: call.call, what: call.what });
        call.begun += 1;
      }
      void call
        .carryOut((error) => ({ failure: failureOf(error) }))
        .then((answer) => this.#put({ kind: 'answer', call, answer }));
    }
  }
}
