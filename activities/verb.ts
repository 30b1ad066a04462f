import type { ActionContext, AnyAction, Checked } from '../core/action.js';
import { milliseconds } from '../core/duration.js';
import { isRunbookError, PermanentError, RunbookError } from '../core/errors.js';
import { excerpt, jsonBytes } from '../core/excerpt.js';
import { canonical, sameJson, type Json, type JsonObject } from '../core/json.js';
import type { Verb as VerbName, VerbAnswer } from '../core/run/engine.js';
import type { Pulse, VerbCall } from '../core/run/request.js';
import type { Target } from '../core/target.js';
import { Counting } from './counting.js';
import { Known } from './in-doubt.js';
import { untilSeen, type Unseen } from './settle.js';
import type { Once } from './targets/operation.js';

/** What one attempt at a verb is given. */
export interface Attempt {
  /** 1 for the first; more when a worker was lost. */
  readonly number: number;
  /** Aborted when the attempt is to end; its reason is thrown. */
  readonly signal: AbortSignal;
  /**
   * Opens a target of the call's inventory, for commands of a verb: those of a check only read. `once` is told of
   * them where the effect must not happen twice.
   */
  open(name: string, verb: VerbName, once: Once | null): Target;
  /** True once the attempt was ended for another to go on, as when its worker is asked to end. Never unless told. */
  leaves?(): boolean;
  /** Tells how it stands. */
  pulse(pulse: Pulse): void;
  /** What the attempt before had told last, for a probe that counts on. */
  readonly last: Pulse | null;
  /** Values in the input that are secrets; none unless told. */
  readonly secrets?: readonly string[];
}

/** The most that `before` and an output may take in the history, bytes of JSON. */
const maxHistoryBytes = 1024;

type Found = Checked<Json, JsonObject>;

/** The error of an attempt that ran out of time. */
export function timeUp(call: VerbCall): PermanentError {
  return new PermanentError(
    'step-timeout',
    `${call.action} on ${call.target} did not end within ${call.timeoutMs / 1000} s`,
  );
}

function isRepeatable({ repeatable }: AnyAction, input: unknown): boolean {
  return typeof repeatable === 'function' ? repeatable(input) : repeatable;
}

/** One attempt at one verb, with the context that the action is given. */
export class Verb {
  readonly #action: AnyAction;
  readonly #call: VerbCall;
  readonly #input: unknown;
  readonly #attempt: Attempt;
  readonly #signal: AbortSignal;
  readonly #ctx: ActionContext;
  readonly #reading: ActionContext;
  /** Where the effect must not happen twice. */
  readonly #known: Known | null;
  #drift: string | null = null;

  constructor(
    action: AnyAction,
    call: VerbCall,
    input: unknown,
    attempt: Attempt,
    signal: AbortSignal,
  ) {
    this.#action = action;
    this.#call = call;
    this.#input = input;
    this.#attempt = attempt;
    this.#signal = signal;
    this.#known =
      call.verb === 'apply' && !isRepeatable(action, input)
        ? new Known(
            (drift) => this.#report(drift),
            () => attempt.leaves?.() ?? false,
          )
        : null;
    this.#ctx = this.#context(call.verb);
    // The checks of a change only read, as the others do: the target need not record them.
    const changes = call.verb === 'apply' || call.verb === 'undo';
    this.#reading = changes ? this.#context('check') : this.#ctx;
  }

  #context(verb: VerbName): ActionContext {
    const call = this.#call;
    const attempt = this.#attempt;
    return {
      target: attempt.open(call.target, verb, this.#known),
      on: (name) => attempt.open(name, verb, this.#known),
      run: { ...call.run, step: call.path },
      secrets: attempt.secrets ?? [],
      signal: this.#signal,
      sleep: (duration) => this.#sleep(milliseconds(duration)),
      now: () => new Date(),
      report: (drift) => this.#report(drift),
    };
  }

  async run(): Promise<VerbAnswer> {
    switch (this.#call.verb) {
      case 'check':
        return this.#answer(await this.#check());
      case 'apply':
        return this.#apply();
      case 'verify':
        return this.#answer(await this.#await('wait-timeout'));
      case 'undo':
        return this.#undo();
      case 'probe':
        return this.#probe();
    }
  }

  /** The error for a verb that ran out of time, with what it was waiting for. */
  timedOut(): PermanentError {
    const error = timeUp(this.#call);
    return this.#drift === null
      ? error
      : new PermanentError('step-timeout', `${error.message}: ${this.#drift}`);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(this.#signal.reason as Error);
      };
      const timer = setTimeout(() => {
        this.#signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (this.#signal.aborted) stop();
      else this.#signal.addEventListener('abort', stop, { once: true });
    });
  }

  #report(drift: string): void {
    this.#drift = excerpt(drift, 256);
    this.#attempt.pulse({ drift: this.#drift });
  }

  async #check(): Promise<Found> {
    this.#signal.throwIfAborted();
    const found: Found = await this.#action.check(this.#reading, this.#input);
    const output = this.#action.output.safeParse(found.output);
    if (!output.success) {
      throw new PermanentError(
        'internal',
        `${this.#call.action}: its check gave an output that is not of its schema`,
      );
    }
    const bytes = jsonBytes(found.before);
    if (bytes > maxHistoryBytes) {
      throw new PermanentError(
        'before-too-large',
        `${this.#call.action}: the state found takes ${bytes} bytes; ${maxHistoryBytes} fit into the history`,
      );
    }
    return found;
  }

  #answer(found: Found, output: JsonObject = found.output): VerbAnswer {
    const bytes = jsonBytes(output);
    if (bytes > maxHistoryBytes) {
      throw new PermanentError(
        'output-too-large',
        `${this.#call.action}: its output takes ${bytes} bytes; ${maxHistoryBytes} fit into the history`,
      );
    }
    return {
      drift: found.drift,
      before: found.before,
      output,
      resource: this.#action.resource?.(this.#input) ?? null,
      tries: this.#attempt.number,
    };
  }

  async #apply(): Promise<VerbAnswer> {
    const { before } = this.#call;
    const action = this.#action;
    if (action.apply === null) throw new PermanentError('internal', `${action.name} only reads`);
    if (this.#attempt.number > 1) {
      if (this.#known !== null) return await this.#recover(this.#known);
      const found = await this.#check();
      if (found.drift === null) return this.#answer(found);
    }
    let made: JsonObject | undefined;
    try {
      made = (await action.apply(this.#ctx, this.#input, before)) ?? undefined;
    } catch (error) {
      if (this.#known === null) throw error;
      this.#signal.throwIfAborted();
      const judged = this.#known.judged(error);
      if ('told' in judged) throw judged.told;
      return await this.#recover(this.#known, judged.unknown);
    }
    return await this.#settled(made);
  }

  /** Looks until what was applied is seen. */
  async #settled(made?: JsonObject): Promise<VerbAnswer> {
    const { verify } = this.#action;
    if (verify === null) return this.#answer(await this.#await('not-settled'), made);
    const { before } = this.#call;
    await this.#poll('not-settled', async () => verify(this.#reading, this.#input, before));
    return this.#answer({ ...(await this.#check()), drift: null }, made);
  }

  /**
   * Goes on after an apply of which nobody knows how it ended, and which must not be done again: what still runs
   * is waited for, and then the check tells.
   * @throws InDoubtError `in-doubt` where it does not
   */
  async #recover(known: Known, cause?: RunbookError): Promise<VerbAnswer> {
    const what = `${this.#action.name} on ${this.#call.target}`;
    let found: Found | null = null;
    while (found === null) {
      try {
        found = await this.#check();
      } catch (error) {
        if (!isRunbookError(error) || error.class !== 'transient') throw error;
        // Done again must it not be, however long nobody can look.
        this.#report(error.message);
        await this.#sleep(2000);
      }
    }
    if (found.drift === null) return this.#answer(found);
    if (!known.endedWell) throw known.inDoubt(what, found.drift, cause);
    try {
      return await this.#settled();
    } catch (error) {
      if (!isRunbookError(error) || error.code !== 'not-settled') throw error;
      throw known.inDoubt(what, error.message, error);
    }
  }

  /** Checks until nothing differs any more. */
  async #await(code: Unseen): Promise<Found> {
    let last: Found | null = null;
    await this.#poll(code, async () => {
      last = await this.#check();
      return last.drift;
    });
    if (last === null) throw new PermanentError('internal', 'nothing was checked');
    return last;
  }

  /** Looks until nothing is missing, within `settle`. */
  #poll(code: Unseen, look: () => Promise<string | null>): Promise<void> {
    return untilSeen(code, look, {
      ...this.#call.settle,
      report: (missing) => this.#report(missing),
      sleep: (ms) => this.#sleep(ms),
    });
  }

  async #undo(): Promise<VerbAnswer> {
    const { before } = this.#call;
    const action = this.#action;
    const missing = (found: Found): string | null => {
      if (action.restored !== null) return action.restored(before, found.before);
      if (sameJson(before, found.before)) return null;
      return `found ${excerpt(canonical(found.before), 120)} where ${excerpt(canonical(before), 120)} was`;
    };
    if (typeof action.undo !== 'function') {
      throw new PermanentError('irreversible', `${action.name} cannot be undone`);
    }
    let found = await this.#check();
    if (missing(found) === null) return this.#answer(found);
    await action.undo(this.#ctx, this.#input, before);
    await this.#poll('undo-failed', async () => {
      found = await this.#check();
      return missing(found);
    });
    return this.#answer(found);
  }

  /** Checks again and again until it is stopped; answers the counts. */
  async #probe(): Promise<VerbAnswer> {
    const every = this.#action.every?.(this.#input);
    if (every === undefined)
      throw new PermanentError('internal', `${this.#action.name} cannot be used as a probe`);
    const { tookMs } = this.#action;
    const counting = new Counting(this.#attempt.last?.probe, tookMs !== undefined);
    let found: Found | null = null;
    while (!this.#signal.aborted) {
      const begun = performance.now();
      try {
        found = await this.#check();
        if (found.drift === null) counting.answered(tookMs?.(found.output));
        else counting.failed(found.drift);
      } catch (error) {
        if (this.#signal.aborted) break;
        if (error instanceof RunbookError && error.class === 'permanent') throw error;
        counting.failed(error instanceof Error ? error.message : String(error));
      }
      this.#attempt.pulse({ drift: null, probe: counting.soFar() });
      await this.#sleep(Math.max(0, every - (performance.now() - begun))).catch(() => undefined);
    }
    const nothing: Found = { before: null, drift: null, output: {} };
    const answer = this.#answer({ ...nothing, ...found, before: null, output: {} });
    return { ...answer, probe: counting.atEnd() };
  }
}
