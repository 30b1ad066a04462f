import type { LocalBeginning } from '../../core/local.js';
import type { Json } from '../../core/json.js';
import type { Failure } from '../../core/record.js';
import type { Decision } from '../../core/run/control.js';
import type { ActionFacts, Inputs } from '../../core/run/program.js';

/** A thing that the interpreter has asked for: the how-manieth, and which. */
export interface Asked {
  readonly call: number;
  /** `drain apply`, `sleep`, `lease host/a`: when the journal is read again, the same must be asked for. */
  readonly what: string;
}

/** How it came out. */
export type Answer =
  { readonly value: Json } | { readonly failure: Failure } | { readonly cancelled: true };

/** One line of a journal, without its time. */
export type Fact =
  | {
      readonly type: 'run';
      readonly version: 1;
      readonly run: string;
      /** Mark of the build that has begun it. */
      readonly build: string;
      readonly begin: LocalBeginning;
    }
  /** Definition and inputs fit what this machine has. */
  | {
      readonly type: 'resolved';
      readonly inputs: Inputs;
      readonly actions: Readonly<Record<string, ActionFacts>>;
    }
  /** They do not. */
  | { readonly type: 'refused'; readonly failure: Failure }
  /** Written before work with effects begins: from now on nobody can know whether it was done. */
  | ({ readonly type: 'begun' } & Asked)
  | ({ readonly type: 'answered'; readonly answer: Answer } & Asked)
  /** `run`: the run itself, or that of an item. */
  | { readonly type: 'decided'; readonly run: string; readonly decision: Decision }
  /** The record is in the archive. */
  | { readonly type: 'ended' };

/** One line of a journal: what happened, and when (RFC 3339 UTC). */
export type Entry = Fact & { readonly at: string };

/** What a definition and its inputs come to on this machine. */
export type Resolution = Pick<Extract<Fact, { type: 'resolved' }>, 'inputs' | 'actions'>;
