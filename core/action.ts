import { z } from 'zod';
import { durationPattern, milliseconds } from './duration.js';
import type { Json, JsonObject } from './json.js';
import type { Target, TargetKind } from './target.js';

/** What a change may do to users of the target: nothing, nothing they notice, an interruption, loss of data. */
export const impacts = ['read', 'change', 'disrupt', 'destroy'] as const;
export type Impact = (typeof impacts)[number];

/** Who runs this, and where in which run. */
export interface RunInfo {
  /** Id of the run, which is the Temporal workflow id. */
  readonly id: string;
  /** Path of the step, such as `drain` or `routes-gone[router]`. */
  readonly step: string;
  /** When the run began, RFC 3339 UTC. */
  readonly startedAt: string;
  /** Who started it. */
  readonly user: string;
}

/** What an action is given besides its input. */
export interface ActionContext {
  /** The host or cluster of this step. */
  readonly target: Target;
  /** A second target, named by an input declared with {@link targetName}. */
  on(name: string): Target;
  readonly run: RunInfo;
  /** Values in the input that are secrets: they may be seen nowhere but where they are meant to be. */
  readonly secrets: readonly string[];
  /** Aborted when the step is cancelled, runs out of time, or the worker stops. Commands and sleeps end by themselves. */
  readonly signal: AbortSignal;
  /** Waits; rejects when `signal` is aborted. Accepts `2s` or milliseconds. */
  sleep(duration: string | number): Promise<void>;
  /** The worker's clock: for deadlines, never for comparing with another machine's clock. */
  now(): Date;
  /** Tells why the step is still waiting ("router still has 172.20.2.0/24 via …, stale, 9 s"): shown live. */
  report(drift: string): void;
}

/** What a check found. */
export interface Checked<B extends Json, O> {
  /** What undo needs to put things back; JSON, at most 1 KiB, never a secret, nothing that changes by itself (no times, no counters). */
  readonly before: B;
  /** What differs from the wanted state, as text a person can read; null when nothing does. */
  readonly drift: string | null;
  /** Small facts for later steps; must fit the output schema. */
  readonly output: O;
}

/** How long an effect may take to show, and how often to look. */
export interface Settle {
  readonly timeout: string;
  readonly every: string;
}

/** One documented use of an action: printed in the docs, and run by a test. */
export interface Example {
  readonly title: string;
  readonly input: JsonObject;
}

interface Spec<I extends z.ZodObject, O extends z.ZodObject, B extends Json> {
  /** `plugin.thing`, as in the file name `plugins/<plugin>/<thing>.ts`. */
  readonly name: `${string}.${string}`;
  /** One sentence for lists and docs. */
  readonly summary: string;
  readonly impact: Impact;
  /** Kind of target that it acts on. */
  readonly on: TargetKind;
  /** True when the check may take over a second. */
  readonly slow?: boolean;
  /** False when a second apply after one of unknown outcome must not happen by itself; or a function of the input that tells. */
  readonly repeatable?: boolean | ((input: z.output<I>) => boolean);
  readonly input: I;
  readonly output: O;
  /** The longest one apply may take with its verification; `5m` unless told. */
  readonly timeout?: string;
  /** For the default verification and for waits; `60s`, every `1s` unless told. */
  readonly settle?: Settle;
  readonly examples: readonly Example[];
  /** Longer explanation for the docs, markdown: what it does, traps, sources of its facts. */
  readonly notes?: string;
  /** Looks, changes nothing. */
  check(ctx: ActionContext, input: z.output<I>): Promise<Checked<B, z.output<O>>>;
  /**
   * For use as a probe: time between two checks in ms. A check with drift, or one that fails, counts
   * as a failed call.
   */
  every?(input: z.output<I>): number;
  /** For use as a probe: how long the call that an answer tells of took, in ms; null where it does not tell. */
  tookMs?(output: z.output<O>): number | null;
}

/** An action that only looks. */
export interface ReadSpec<
  I extends z.ZodObject,
  O extends z.ZodObject,
  B extends Json,
> extends Spec<I, O, B> {
  readonly impact: 'read';
}

/** An action that changes something. */
export interface ChangeSpec<
  I extends z.ZodObject,
  O extends z.ZodObject,
  B extends Json,
> extends Spec<I, O, B> {
  readonly impact: Exclude<Impact, 'read'>;
  /** What the step owns, such as `node/k8s-w0/schedulable`: a later step on the same resource supersedes an earlier one. */
  resource(input: z.output<I>): string;
  /**
   * Makes the drift go away. May be called again after any crash. What it returns is the step's
   * output; where it returns nothing, the output of the check that verifies it is.
   */
  apply(ctx: ActionContext, input: z.output<I>, before: B): Promise<z.output<O> | void>;
  /** Proves that it took; left out, the check is repeated until it finds no drift, within `settle`. Returns what is still missing, or null. */
  verify?(ctx: ActionContext, input: z.output<I>, before: B): Promise<string | null>;
  /** Puts `before` back; or says why there is none to write. Verified by a check that must find `before` again. */
  readonly undo:
    | ((ctx: ActionContext, input: z.output<I>, before: B) => Promise<void>)
    | 'irreversible'
    | 'nothing';
  /**
   * What still differs between the state found at first and the one found now, as text; null when
   * `before` is back. Left out, the two must be equal.
   */
  restored?(before: B, found: B): string | null;
}

/** A typed kind of change, or of look. Made by {@link defineAction}. */
export interface Action<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  B extends Json = Json,
> extends Omit<Spec<I, O, B>, 'slow' | 'repeatable' | 'timeout' | 'settle'> {
  readonly slow: boolean;
  readonly repeatable: boolean | ((input: z.output<I>) => boolean);
  readonly timeout: string;
  readonly settle: Settle;
  readonly resource: ((input: z.output<I>) => string) | null;
  readonly apply: ChangeSpec<I, O, B>['apply'] | null;
  readonly verify: NonNullable<ChangeSpec<I, O, B>['verify']> | null;
  readonly undo: ChangeSpec<I, O, B>['undo'];
  readonly restored: NonNullable<ChangeSpec<I, O, B>['restored']> | null;
}

/** Any action, for lists: its input is checked by its own schema before a verb sees it. */
export type AnyAction = Action<any, any, any>;

/** A package of actions; `name` is the first part of their names. */
export interface Plugin {
  readonly name: string;
  /** One sentence: the tool that it wraps. */
  readonly summary: string;
  readonly actions: readonly AnyAction[];
}

const actionName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * Declares an action. Types of input, output and `before` follow from the schemas and from `check`.
 * @throws TypeError when the name is not `plugin.thing` in lower case with hyphens.
 */
export function defineAction<I extends z.ZodObject, O extends z.ZodObject, B extends Json>(
  spec: ReadSpec<I, O, B> | ChangeSpec<I, O, B>,
): Action<I, O, B> {
  if (!actionName.test(spec.name)) {
    throw new TypeError(`'${spec.name}' is not an action name: write plugin.thing in lower case`);
  }
  const change = spec.impact === 'read' ? null : spec;
  return Object.freeze({
    ...spec,
    slow: spec.slow ?? false,
    repeatable: spec.repeatable ?? true,
    timeout: spec.timeout ?? '5m',
    settle: spec.settle ?? { timeout: '60s', every: '1s' },
    resource: change?.resource ?? null,
    apply: change?.apply ?? null,
    verify: change?.verify ?? null,
    undo: change?.undo ?? 'nothing',
    restored: change?.restored ?? null,
  });
}

/** A field that names a target of the inventory: validated, completed and handed to `ctx.on`. */
export function targetName(kind: TargetKind): z.ZodString {
  return z.string().min(1).meta({ target: kind });
}

/**
 * A field in which, or below which, secrets may stand: the action hands them on unseen, as standard input,
 * as the content of a file or as a variable, and keeps them out of its drift, `before` and output.
 */
export function maySecret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ secret: true });
}

/** A field that holds a duration such as `90s`; the action gets milliseconds. */
export function duration(): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  return z
    .string()
    .regex(durationPattern, 'not a duration: write it as 250ms, 90s, 10m, 1h30m or 2d')
    .meta({ format: 'duration' })
    .transform((text: string) => milliseconds(text));
}
