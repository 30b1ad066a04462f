import type { JsonObject, Json } from '../json.js';
import type { Failure, Plan, ProbeRecord, RunRecord } from '../record.js';
import type { ItemOrder, ItemRequest, ItemUndo } from './items.js';
import type { LeaseWish } from './lease.js';
import type { LeaseRefusal } from './locks.js';
import type { Callee } from './program.js';
import type { RunEvent } from './reduce.js';
import type { SecretUse } from './secrets.js';

export const verbs = ['check', 'apply', 'verify', 'undo', 'probe'] as const;
export type Verb = (typeof verbs)[number];

/** One verb of one action on one target. */
export interface VerbRequest {
  readonly verb: Verb;
  readonly path: string;
  readonly title: string;
  readonly action: string;
  /** Name of the target. */
  readonly target: string;
  readonly input: JsonObject;
  /** Where secrets stand in the input, each as `${{ secrets.x }}`; left out where there are none. */
  readonly secrets?: readonly SecretUse[];
  /** State found before the first change, for apply and undo. */
  readonly before: Json;
  /** The longest it may take, its verification included. */
  readonly timeoutMs: number;
  /** For verify, and for the verification inside apply and undo. */
  readonly settle: { readonly timeoutMs: number; readonly everyMs: number };
  /** Resources of the leases that a change is made under. */
  readonly under?: readonly string[];
}

/** What a verb answers. */
export interface VerbAnswer {
  /** Null when nothing differs (any more). */
  readonly drift: string | null;
  readonly before: Json;
  readonly output: JsonObject;
  readonly resource: string | null;
  /** How often infrastructure had to begin it; more than 1 means that a worker was lost meanwhile. */
  readonly tries: number;
  /** For a probe that was stopped: its counts. */
  readonly probe?: Omit<ProbeRecord, 'id' | 'maxFailed'>;
}

/** What one of several checks came to. */
export type Looked = { readonly answer: VerbAnswer } | { readonly failure: Failure };

/** A signature to be verified. */
export interface SignatureRequest {
  readonly text: string;
  /** As `ssh-keygen -Y sign` writes it. */
  readonly signature: string;
  /** Names that whoever has signed may have among the allowed signers. */
  readonly signers: readonly string[];
  /** The keys that may sign, as `ssh-keygen` reads them. */
  readonly allowedSigners: string;
}

/** What a verification comes to: the fingerprint of the key, or why the signature proves nothing. */
export type SignatureAnswer = { readonly key: string } | { readonly problem: string };

/** A verb that ended badly. Infrastructure loss never shows here: the engine tries that again by itself. */
export class StepFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'StepFailure';
    this.failure = failure;
  }
}

/** True for a {@link StepFailure}, also across realms. */
export function isStepFailure(error: unknown): error is StepFailure {
  return error instanceof Error && error.name === 'StepFailure';
}

/** Work that can be ended from outside. */
export interface Cancellable<T> {
  readonly done: Promise<T>;
  cancel(): void;
}

/**
 * Everything that the interpreter cannot do by itself. Temporal is one implementation, a plain
 * in-memory one serves the tests, and a local journal (worker/local) is the third.
 */
export interface Engine {
  /** Present time, RFC 3339 UTC. */
  now(): string;
  /** Waits; ends early with a cancellation when its scope is cancelled. */
  sleep(ms: number, summary: string): Promise<void>;
  /** Waits until `condition` holds; false when `ms` passed first. */
  until(condition: () => boolean, ms?: number, summary?: string): Promise<boolean>;
  /** Runs a verb. @throws StepFailure, or a cancellation. */
  perform(request: VerbRequest): Promise<VerbAnswer>;
  /**
   * Makes several checks at once, answered in the order of the requests; what one of them fails with is its own
   * affair. Left out where it is no quicker than one by one. @throws a cancellation.
   */
  looks?(requests: readonly VerbRequest[]): Promise<readonly Looked[]>;
  /** Whether a plan may look at steps before their turn, many at once; not where it is left out. */
  looksAhead?(): boolean;
  /** Checks an input against an action's schema; problems as text, none when it fits. */
  problemsOfInput(action: string, input: JsonObject): Promise<readonly string[]>;
  /** Checks a value against an action's output schema. */
  problemsOfOutput(action: string, output: JsonObject): Promise<readonly string[]>;
  /** Loads and checks a runbook that is called. @throws StepFailure */
  callee(runbook: string, inputs: JsonObject): Promise<Callee>;
  /** Verifies a signature; says why where it proves nothing. */
  verifySignature(request: SignatureRequest): Promise<SignatureAnswer>;
  /** Hash over a plan's contents. */
  planHash(plan: Omit<Plan, 'hash' | 'at'>): Promise<string>;
  /**
   * Takes leases in order. With `queued` it waits for each, after telling who has it; else it answers who
   * has those that it did not get, and keeps none.
   */
  acquire(
    wishes: readonly LeaseWish[],
    queued: ((refusal: LeaseRefusal) => void) | null,
  ): Promise<readonly LeaseRefusal[]>;
  release(resources: readonly string[]): Promise<void>;
  /** False where leases that people took from the run are taken again between two steps alone, as histories from before do. */
  regainsAtOnce?(): boolean;
  /** False where a step that fails while its run is being ended is parked for a moment, as histories from before do. */
  endsUnparked?(): boolean;
  /**
   * Begins the run of an item, which tells how it stands by itself. Safe to call again for one that was begun.
   * @throws StepFailure
   */
  startItem(request: ItemRequest): Promise<void>;
  /**
   * Begins the run that puts back what the run of an item, which has ended, had changed. It tells how it stands by
   * itself. Safe to call again for one that was begun.
   * @throws StepFailure
   */
  startItemUndo(request: ItemUndo): Promise<void>;
  /** Says something to the run of an item; false where there is no such run any more. */
  tellItem(run: string, order: ItemOrder): Promise<boolean>;
  /** Work that `cancel` ends: what it waits for rejects with a cancellation. */
  cancellable<T>(work: () => Promise<T>): Cancellable<T>;
  /** Work that no cancellation reaches. */
  shielded<T>(work: () => Promise<T>): Promise<T>;
  isCancellation(error: unknown): boolean;
  /** Called after each event. Must not throw. */
  publish(record: RunRecord, event: RunEvent): void;
  /** Asked between steps, while nothing else is at work: true when the run should go on in a new history. */
  wantsNewHistory(): boolean;
}
