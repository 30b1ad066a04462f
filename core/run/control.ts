import { jsonBytes, utf8Bytes } from '../excerpt.js';
import type { JsonObject } from '../json.js';
import type { Failure, RunRecord, Waiting } from '../record.js';
import { hasEnded, type DecisionVerb } from './outcome.js';
import { ballotProblem, isEarly, tooLate } from './votes.js';

/** A decision of a person over a run. */
export interface Decision {
  readonly verb: DecisionVerb;
  /** Step decided upon; null where one only waits, or for the whole run. */
  readonly step: string | null;
  readonly by: string;
  readonly reason: string;
  /** retry: values that replace those of the step's input. */
  readonly input?: JsonObject;
  /** skip: outputs that later steps need. */
  readonly outputs?: JsonObject;
  /** confirm: also where the check does not agree. */
  readonly force?: boolean;
  /** cancel: put everything back before ending. */
  readonly undo?: boolean;
  /** approve, reject: beginning of the hash of the plan that the vote is for. */
  readonly planHash?: string;
  /** approve, reject: what proves who votes. */
  readonly signature?: {
    /** As `ssh-keygen -Y sign` writes it. */
    readonly text: string;
    /** When it was made, RFC 3339 UTC. */
    readonly at: string;
    /** Since when the approval was asked for then; null for an early vote. */
    readonly asked: string | null;
  };
}

/** Why the steps are to end before they are through. */
export type Interruption =
  | { readonly kind: 'undo'; readonly downTo: string | null }
  | { readonly kind: 'stop'; readonly failure: Failure }
  | { readonly kind: 'refuse'; readonly failure: Failure }
  | { readonly kind: 'undo-after-failure'; readonly failure: Failure }
  | { readonly kind: 'cancel'; readonly undo: boolean };

/** A decision on its way to the step that waits for it. */
export interface Letter {
  readonly decision: Decision;
  /** The step takes it. */
  accept(): void;
  /** The step refuses it, with the reason; it goes on waiting. */
  refuse(reason: string): void;
}

/** The step that a decision is for: the one named, or the only one that takes this verb. */
export function addressee(record: RunRecord, decision: Decision): Waiting | string {
  const takers = record.waitingFor.filter(
    ({ verbs, run }) => verbs.includes(decision.verb) && (run ?? record.run) === record.run,
  );
  if (decision.step !== null) {
    const named = record.waitingFor.find((waiting) => waiting.path === decision.step);
    if (named === undefined) {
      const known = record.steps.some((step) => step.path === decision.step);
      return known
        ? `step '${decision.step}' does not wait for a decision`
        : `the run has no step '${decision.step}'`;
    }
    if (named.run !== undefined && named.run !== record.run) {
      return `step '${named.path}' is decided upon in its own run, ${named.run}`;
    }
    if (!named.verbs.includes(decision.verb)) {
      return `step '${named.path}' takes ${named.verbs.join(', ')}, not ${decision.verb}`;
    }
    return named;
  }
  const [only] = takers;
  if (only === undefined) {
    return record.waitingFor.length === 0
      ? 'the run does not wait for a decision'
      : `no waiting step takes ${decision.verb}: ${record.waitingFor.map((w) => `${w.path} takes ${w.verbs.join(', ')}`).join('; ')}`;
  }
  if (takers.length > 1) {
    return `several steps wait: name one of ${takers.map((waiting) => waiting.path).join(', ')}`;
  }
  return only;
}

/** What a decision may carry, bytes of UTF-8: it stays in the record, which has to fit into one message of Temporal. */
const most = { reason: 1024, outputs: 1024, input: 16 * 1024, signature: 4096 } as const;

/** Why a decision is too large, or null. */
function tooLarge({ reason, outputs, input, signature }: Decision): string | null {
  const sizes = {
    reason: utf8Bytes(reason),
    outputs: jsonBytes(outputs ?? null),
    input: jsonBytes(input ?? null),
    signature: jsonBytes(signature ?? null),
  };
  for (const what of ['reason', 'outputs', 'input', 'signature'] as const) {
    const size = sizes[what];
    const limit = most[what];
    if (size > limit) return `the ${what} of a decision may have ${limit} bytes; this has ${size}`;
  }
  return null;
}

/** States in which nothing is at work that an undo would break off. */
const undoable: ReadonlySet<RunRecord['state']> = new Set(['parked', 'waiting', 'paused', 'done']);

/**
 * Why a decision is plainly wrong, or null. Looks only at the record; what needs schemas or a check is
 * refused later by the step itself. A pause may have been asked for and not be seen in the state yet.
 */
export function refusal(record: RunRecord, decision: Decision, paused: boolean): string | null {
  if (hasEnded(record.state)) return `the run has ended: ${record.state}`;
  if (decision.by.trim() === '') return 'a decision needs an author';
  const large = tooLarge(decision);
  if (large !== null) return large;
  switch (decision.verb) {
    case 'pause':
      return paused ? 'the run is paused already' : null;
    case 'resume':
      return paused ? null : `the run is not paused but ${record.state}`;
    case 'cancel':
      return null;
    case 'undo': {
      if (record.state === 'undoing') return 'the run is being undone already';
      if (!undoable.has(record.state)) {
        return `undo needs a run that is parked, waiting or paused; this one is ${record.state}: use cancel --undo`;
      }
      if (decision.step === null) return null;
      const { step: from } = decision;
      // A step that ran once per target, and a group, are named by the path before the targets.
      const known = record.steps.some(
        ({ path }) => path === from || path.startsWith(`${from}[`) || path.startsWith(`${from}/`),
      );
      return known ? null : `the run has no step '${decision.step}'`;
    }
    case 'retry':
    case 'skip':
    case 'confirm':
    case 'approve':
    case 'reject': {
      if (
        decision.verb !== 'retry' &&
        decision.verb !== 'approve' &&
        decision.reason.trim() === ''
      ) {
        return `${decision.verb} needs a reason`;
      }
      const found = addressee(record, decision);
      if (typeof found !== 'string') return ballotProblem(record, found, decision);
      return isEarly(record, decision) ? null : (tooLate(record, decision) ?? found);
    }
    default: {
      const never: never = decision.verb;
      return never;
    }
  }
}

/** What people have asked of a run and the interpreter has not yet done. */
export class Control {
  paused = false;
  interruption: Interruption | null = null;
  readonly #letters = new Map<string, Letter[]>();
  #interrupt: (() => void) | null = null;

  /** How the steps at work are ended; set while there are any. */
  onInterrupt(end: (() => void) | null): void {
    this.#interrupt = end;
    if (end !== null && this.interruption !== null) end();
  }

  /** Ends the steps. A cancel outweighs what was asked before it; nothing outweighs a cancel. */
  interrupt(interruption: Interruption): void {
    if (
      this.interruption === null ||
      (interruption.kind === 'cancel' && this.interruption.kind !== 'cancel')
    ) {
      this.interruption = interruption;
    }
    // What follows is not to wait for a resume.
    this.paused = false;
    this.#interrupt?.();
  }

  /** Whether steps are at work that are being ended. */
  get interrupted(): boolean {
    return this.interruption !== null && this.#interrupt !== null;
  }

  /** Takes the interruption out: it is being dealt with. */
  taken(): Interruption | null {
    const taken = this.interruption;
    this.interruption = null;
    return taken;
  }

  /** Puts a letter into the box of a step. */
  deliver(path: string, letter: Letter): void {
    this.#letters.set(path, [...(this.#letters.get(path) ?? []), letter]);
  }

  hasLetter(path: string): boolean {
    return (this.#letters.get(path)?.length ?? 0) > 0;
  }

  /** The oldest letter for a step. */
  take(path: string): Letter | undefined {
    const letters = this.#letters.get(path) ?? [];
    const [first, ...rest] = letters;
    this.#letters.set(path, rest);
    return first;
  }

  /** Refuses the letters that a step has not opened. */
  shut(path: string, reason: string): void {
    for (const letter of this.#letters.get(path) ?? []) letter.refuse(reason);
    this.#letters.delete(path);
  }

  /** Refuses whatever was never opened. */
  close(reason: string): void {
    for (const path of this.#letters.keys()) this.shut(path, reason);
  }
}
