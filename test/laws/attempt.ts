import { setTimeout as delay } from 'node:timers/promises';
import type { ActionContext, AnyAction, Checked } from '../../core/action.js';
import { milliseconds } from '../../core/duration.js';
import { PermanentError } from '../../core/errors.js';
import { sameJson, type Json } from '../../core/json.js';
import type { Verb } from '../../core/run/engine.js';
import type { Target } from '../../core/target.js';
import { Killed, lifeline, type Lifeline } from './lifeline.js';

/** A target, or how to open it on behalf of a verb. */
export type OpenTarget = Target | ((verb: Verb) => Target);

/** One arranged situation that an action meets. */
export interface World {
  readonly target: OpenTarget;
  /** Further targets by name, for actions that ask `ctx.on`. */
  readonly on?: Readonly<Record<string, OpenTarget>>;
  /** Input as it is written in a runbook. */
  readonly input: unknown;
  /**
   * Everything that the action may touch, as a value to compare. It must not hold what differs from
   * one arranged world to the next, nor what changes by itself.
   */
  snapshot?(): Promise<unknown>;
  cleanup(): Promise<void>;
}

/** The verbs of an action in one world, as one worker runs them. */
export interface Attempt {
  readonly life: Lifeline;
  /** True where the action brings a verification of its own. */
  readonly verifiesItself: boolean;
  check(): Promise<Checked<Json, unknown>>;
  apply(before: Json): Promise<unknown>;
  /** What is still missing after the action's time to settle, or null. */
  verify(before: Json): Promise<string | null>;
  undo(before: Json): Promise<void>;
  /** What still differs from the state found at first, after the time to settle, or null. */
  restored(before: Json): Promise<string | null>;
}

/** What history makes of a value on its way to the next verb. */
export function throughHistory(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Looks again and again until nothing is missing or the time to settle is over. */
async function settle(
  action: AnyAction,
  look: () => Promise<string | null>,
): Promise<string | null> {
  const end = performance.now() + milliseconds(action.settle.timeout);
  for (;;) {
    const missing = await look();
    if (missing === null || performance.now() >= end) return missing;
    await delay(Math.min(milliseconds(action.settle.every), end - performance.now()));
  }
}

function contextOf(world: World, life: Lifeline, runId: string, verb: Verb): ActionContext {
  const signal = new AbortController().signal;
  const open = (target: OpenTarget): Target =>
    life.wrap(typeof target === 'function' ? target(verb) : target);
  return {
    target: open(world.target),
    on: (name) => {
      const target = world.on?.[name];
      if (target === undefined) throw new PermanentError('target-unknown', `no target '${name}'`);
      return open(target);
    },
    run: { id: runId, step: 'law', startedAt: new Date().toISOString(), user: 'test' },
    secrets: [],
    signal,
    sleep: async (duration) => {
      if (life.dead()) throw new Killed();
      await delay(milliseconds(duration));
    },
    now: () => new Date(),
    report: () => undefined,
  };
}

/**
 * A worker's attempt at an action in a world.
 * @throws ZodError when the input does not fit the schema; no verb has run then.
 */
export function attempt(
  action: AnyAction,
  world: World,
  life: Lifeline = lifeline(null),
  runId = 'laws',
): Attempt {
  const input: unknown = action.input.parse(world.input);
  const context = (verb: Verb): ActionContext => contextOf(world, life, runId, verb);
  const check = (): Promise<Checked<Json, unknown>> => action.check(context('check'), input);
  return {
    life,
    verifiesItself: action.verify !== null,
    check,
    apply: async (before) => {
      if (action.apply === null) throw new TypeError(`${action.name} only reads`);
      return action.apply(context('apply'), input, throughHistory(before));
    },
    verify: (before) => {
      if (action.verify !== null) {
        return action.verify(context('verify'), input, throughHistory(before));
      }
      return settle(action, async () => (await check()).drift);
    },
    undo: async (before) => {
      if (typeof action.undo !== 'function') return;
      await action.undo(context('undo'), input, throughHistory(before));
    },
    restored: (before) =>
      settle(action, async () => {
        const found = (await check()).before;
        const was = throughHistory(before);
        if (action.restored !== null) return action.restored(was, found);
        return sameJson(was, found)
          ? null
          : `found ${JSON.stringify(found)} instead of ${JSON.stringify(was)}`;
      }),
  };
}
