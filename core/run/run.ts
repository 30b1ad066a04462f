import type { TargetSpec } from '../definition/inventory.js';
import type { FailurePolicy } from './kinds.js';
import { isRunbookError, PermanentError } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { Failure, RunRecord, StepRecord } from '../record.js';
import { Control } from './control.js';
import type { EarlyVote } from './early.js';
import { isStepFailure, StepFailure, type Engine } from './engine.js';
import type { Scope } from './expression.js';
import { createFrame, findTarget, scopeOf, type Frame, type Indexed } from './frame.js';
import type { LeaseMode } from './lease.js';
import type { ActionFacts, Callee, Program } from './program.js';
import { reduce, type RunEvent, type RunProgress } from './reduce.js';

/** Everything of a run that must outlive a history: carried over by continue-as-new, kept by a journal. */
export interface RunState {
  readonly progress: RunProgress;
  /** How far it has come. */
  readonly stage: 'locks' | 'guards' | 'steps';
  /** Paths of steps whose apply was begun, oldest first. */
  readonly ledger: readonly string[];
  /** Inputs that a person edited, by step path. */
  readonly edited: Readonly<Record<string, JsonObject>>;
  /** Inputs that a change was begun with, where they came from other steps: undo must mean the same thing. */
  readonly begunWith?: Readonly<Record<string, JsonObject>>;
  /** Runbooks that steps have called, by the path of the call. */
  readonly callees: Readonly<Record<string, Callee>>;
  /** Leases that the run holds. */
  readonly leases: Readonly<Record<string, LeaseMode>>;
  /** Those of them that it holds to its end. */
  readonly keptLeases: readonly string[];
  /** Those of them that a person has taken from it. */
  readonly brokenLeases?: readonly string[];
  /** Votes for approvals that were not reached when they came. */
  readonly earlyVotes?: readonly EarlyVote[];
  /** Items of fleets that have failed, and that a person has decided to leave so. */
  readonly leftItems?: readonly string[];
  /** Items that are held while other steps are put back. */
  readonly heldItems?: readonly string[];
  /** What people asked for and was not yet done. */
  readonly paused: boolean;
}

/** One step on one target. */
export interface Use {
  readonly frame: Frame;
  readonly indexed: Indexed;
  readonly path: string;
  readonly target: string | null;
}

/** A copy that knows its own names alone: leases may be called `constructor`, too. */
function byName<T>(from: Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, from);
}

/** A run at work: its record, its frames, and the ways in and out. */
export class Run {
  readonly program: Program;
  readonly engine: Engine;
  readonly control = new Control();
  readonly root: Frame;
  readonly ledger: string[];
  readonly edited: Record<string, JsonObject>;
  readonly begunWith: Record<string, JsonObject>;
  readonly callees: Record<string, Callee>;
  readonly leases: Record<string, LeaseMode>;
  readonly keptLeases: Set<string>;
  /** Those that a person has taken from it, and each time that it was: they are taken again before it goes on. */
  readonly brokenLeases: Map<string, symbol>;
  earlyVotes: readonly EarlyVote[];
  readonly leftItems: Set<string>;
  readonly heldItems: Set<string>;
  /** How often the run of an item has told how it stands. */
  itemReports = 0;
  /** How many steps are done under a lease that is held for steps. */
  readonly leaseUsers = new Map<string, number>();
  /** Leases that are just being given back. */
  readonly givingBack = new Map<string, Promise<void>>();
  stage: RunState['stage'];
  /** True while changes are being put back. */
  undoing = false;
  /** True from the moment that the run is through: only `finally` and the release of leases are left. */
  ending = false;
  /** True while a finished step is no longer so, and nobody has decided what to do about it. */
  regressed = false;
  /** For the run of an item: keys of what steps around it, that came later, have a say in. */
  superseded: ReadonlySet<string> = new Set();
  /** Looks again at finished steps, except the one named; set by the interpreter, which has the steps. */
  observe: (except: string) => Promise<void> = async () => {};
  #progress: RunProgress;
  readonly #frames = new Map<string, Frame>();

  constructor(program: Program, engine: Engine, state: RunState) {
    this.program = program;
    this.engine = engine;
    this.#progress = state.progress;
    this.stage = state.stage;
    this.ledger = [...state.ledger];
    this.edited = byName(state.edited);
    this.begunWith = byName(state.begunWith ?? {});
    this.callees = byName(state.callees);
    this.leases = byName(state.leases);
    this.keptLeases = new Set(state.keptLeases);
    this.brokenLeases = new Map(state.brokenLeases?.map((one) => [one, Symbol(one)]));
    this.earlyVotes = state.earlyVotes ?? [];
    this.leftItems = new Set(state.leftItems ?? []);
    this.heldItems = new Set(state.heldItems ?? []);
    this.control.paused = state.paused;
    const { within } = program;
    this.root = createFrame(
      program,
      program.runbook,
      program.inputs,
      within === undefined ? {} : { prefix: `${within.path}/`, bound: within.bound },
    );
  }

  get record(): RunRecord {
    return this.#progress.record;
  }

  /** What must be carried into a new history. */
  state(): RunState {
    return {
      progress: this.#progress,
      stage: this.stage,
      ledger: this.ledger,
      edited: this.edited,
      begunWith: this.begunWith,
      callees: this.callees,
      leases: this.leases,
      keptLeases: [...this.keptLeases],
      brokenLeases: [...this.brokenLeases.keys()],
      earlyVotes: this.earlyVotes,
      leftItems: [...this.leftItems],
      heldItems: [...this.heldItems],
      paused: this.control.paused,
    };
  }

  /** Frames of called runbooks that were entered and not left, the innermost first. */
  openCalls(): Frame[] {
    const open = Object.keys(this.callees).filter((path) => this.step(path).outcome === null);
    return this.frames()
      .filter((frame) => open.some((path) => frame.prefix === `${path}/`))
      .toReversed();
  }

  /** Forgets that a change was begun. */
  forget(path: string): void {
    const at = this.ledger.indexOf(path);
    if (at >= 0) this.ledger.splice(at, 1);
    delete this.begunWith[path];
  }

  /** Pauses it on its own or on a person's account. */
  hold(by: string, reason: string): void {
    this.control.paused = true;
    const at = this.engine.now();
    this.emit({ type: 'decision', decision: { at, by, verb: 'pause', step: null, reason } });
  }

  emit(event: RunEvent): void {
    this.#progress = reduce(this.#progress, event);
    this.engine.publish(this.#progress.record, event);
  }

  step(path: string): StepRecord {
    const found = this.record.steps.find((step) => step.path === path);
    if (found === undefined) throw new TypeError(`the record has no step '${path}'`);
    return found;
  }

  /** Facts of an action, from the frame's own resolution. */
  facts(name: string): ActionFacts {
    const found =
      this.program.actions[name] ??
      Object.values(this.callees).find((callee) => name in callee.actions)?.actions[name];
    if (found === undefined)
      throw new PermanentError('action-unknown', `the worker has no action '${name}'`);
    return found;
  }

  /** What expressions of a step see. */
  scope(frame: Frame, target: string | null): Scope {
    const spec: TargetSpec | null =
      target === null ? frame.target : findTarget(this.program, target);
    const scope = scopeOf(this.program, frame, this.record, spec);
    const { undoes } = this.program;
    // What was changed was named by the run that changed it.
    if (undoes === undefined) return scope;
    return { ...scope, run: { ...undoes.of, runbook: this.record.runbook } };
  }

  /** The frame that a call opens; the same one for every use. */
  calledFrame(outer: Frame, path: string, callee: Callee): Frame {
    const known = this.#frames.get(path);
    if (known !== undefined) return known;
    const frame = createFrame(this.program, callee.runbook, callee.inputs, {
      prefix: `${path}/`,
      outer,
      files: { ...outer.files, ...callee.files },
    });
    this.#frames.set(path, frame);
    return frame;
  }

  /** Finds what a recorded path stands for. */
  locate(path: string): Use {
    const target = /\[([^\]]*)\]$/.exec(path)?.[1] ?? null;
    const plain = target === null ? path : path.slice(0, -target.length - 2);
    for (const frame of this.frames()) {
      for (const indexed of frame.index.values()) {
        if (indexed.path === plain) {
          return { frame, indexed, path, target: target ?? this.step(path).target };
        }
      }
    }
    throw new TypeError(`no definition for step '${path}'`);
  }

  /** Frames that were opened: the root, and those of calls, an outer one before an inner one. */
  frames(): Frame[] {
    const frames = [this.root];
    // Calls are listed in the order they were made, so an outer frame is known before an inner one.
    for (const [path, callee] of Object.entries(this.callees)) {
      const outer = frames.findLast((frame) => path.startsWith(frame.prefix)) ?? this.root;
      frames.push(this.calledFrame(outer, path, callee));
    }
    return frames;
  }
}

/** Any error as a failure; cancellations are not failures and must be handled before. */
export function failureOf(error: unknown): Failure {
  if (isStepFailure(error)) return error.failure;
  if (isRunbookError(error)) {
    return {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      class: error.class,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, hint: null, class: 'permanent' };
}

/** Makes a failure that is for good. */
export function permanent(
  code: Failure['code'],
  message: string,
  hint: string | null = null,
): StepFailure {
  return new StepFailure({ code, message, hint, class: 'permanent' });
}

/** What happens when a step has failed for good. */
export function policyOf(use: Use): FailurePolicy {
  const { definition, last } = use.indexed;
  const own = 'onFailure' in definition ? definition.onFailure : undefined;
  return own ?? (last ? 'continue' : use.frame.policy);
}
