import { setMaxListeners } from 'node:events';
import type { Verb } from '../../core/run/engine.js';
import type { Fence } from '../../core/run/lease.js';
import type { StepLog } from '../log/step-log.js';

/** A command of an attempt before, of which it was not known how it ended. */
export interface Leftover {
  readonly target: string;
  /** Number of the attempt, a dot, and an id of the command: names its files on the target. */
  readonly id: string;
  /** Files of the operation on the target, as a pattern of a shell; empty where they were not told. */
  readonly files: string;
  readonly state: 'running' | 'ended' | 'gone';
  /** Its process on the target, where it still runs. */
  readonly pid: string | null;
  /** Its exit code, where it has ended. */
  readonly code: number | null;
  /** The end of what it had printed, without secrets; at most 4 KiB of each stream. */
  readonly printed: string;
}

/** What is told to somebody whose effect must not happen twice. */
export interface Once {
  /** A command is about to be started. */
  asked(): void;
  /** One that changes something has begun, or may have. */
  begun(): void;
  /** One of an attempt before still runs, and is waited for. */
  waits(left: Leftover): void;
  /** What became of one. */
  found(left: Leftover): void;
  /** True where the attempt was ended for another to go on: then what runs is left to that one. */
  leaves(): boolean;
}

/** One attempt at one verb of one step: on whose behalf commands run. */
export interface Operation {
  /** Id of the run. */
  readonly run: string;
  /** Path of the step. */
  readonly step: string;
  readonly verb: Verb;
  /** 1 for the first; above that, what an earlier attempt left running is looked for before the first command. */
  readonly attempt: number;
  /** Aborted when the attempt is to end: its commands are stopped, and its reason is thrown. */
  readonly signal: AbortSignal;
  readonly log: StepLog;
  /**
   * Grows with every attempt at this step, whatever its verb: the target refuses commands of an
   * attempt that a newer one has followed. The worker's clock when the attempt began, unless told;
   * a clock that all workers share is better.
   */
  readonly fence?: number;
  /**
   * Set where the effect must not happen twice: then what an earlier attempt left running is not stopped but
   * waited for, and what its commands print and end with stays on the target for the next attempt.
   */
  readonly once?: Once;
  /** Leases that it changes something under: the target refuses it where others have had them since. */
  readonly leases?: readonly Fence[];
}

/** What is remembered about an operation between its commands. */
export interface OperationState {
  readonly fence: number;
  /** Commands whose end nobody learnt, by target: the next one there stops them first. */
  readonly lost: Map<string, Set<string>>;
  /** Targets on which leftovers of earlier attempts were looked for, or are. */
  readonly swept: Map<string, Promise<void>>;
}

/** Finds the state of an operation again: an attempt may open its target several times. */
export interface Operations {
  state(operation: Operation): OperationState;
}

export function createOperations(now: () => number = Date.now): Operations {
  // An attempt has one signal, which lives as long as it does.
  const states = new WeakMap<AbortSignal, Map<string, OperationState>>();
  let last = 0;
  return {
    state: (operation) => {
      const { signal, run, step, attempt } = operation;
      let bySignal = states.get(signal);
      if (bySignal === undefined) {
        bySignal = new Map();
        setMaxListeners(0, signal); // as many as the operation runs commands at once
        states.set(signal, bySignal);
      }
      const key = JSON.stringify([run, step, attempt, operation.fence]);
      let state = bySignal.get(key);
      if (state === undefined) {
        last = Math.max(last + 1, now());
        state = { fence: operation.fence ?? last, lost: new Map(), swept: new Map() };
        bySignal.set(key, state);
      }
      return state;
    },
  };
}
