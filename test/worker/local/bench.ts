import { z } from 'zod';
import { Catalog } from '../../../activities/catalog.js';
import { perform } from '../../../activities/perform.js';
import { defineAction, type AnyAction } from '../../../core/action.js';
import { runbookSchema } from '../../../core/definition/runbook.js';
import { PermanentError } from '../../../core/errors.js';
import type { Json, JsonObject } from '../../../core/json.js';
import type { LocalBeginning } from '../../../core/local.js';
import type { RunRecord } from '../../../core/record.js';
import type { Decision } from '../../../core/run/control.js';
import { localHost } from '../../../core/run/frame.js';
import { claim, freeLease, release, type LeaseState } from '../../../core/run/lease.js';
import { hasEnded } from '../../../core/run/outcome.js';
import type { ActionFacts } from '../../../core/run/program.js';
import type { RunRequest } from '../../../core/run/request.js';
import type { Target } from '../../../core/target.js';
import type { Drive } from '../../../worker/local/drive.js';
import type { World } from '../../../worker/local/engine.js';
import type { Entry } from '../../../worker/local/entry.js';
import { runLocally } from '../../../worker/local/run.js';

/** Thrown where a process is killed. */
export class Died extends Error {}

/** What outlives every process: the target with its ledger, the leases, and the journal. */
export interface Lasting {
  readonly world: Record<string, Json>;
  /** Every effect that ever happened, in order. */
  readonly ledger: string[];
  readonly leases: Map<string, LeaseState>;
  readonly entries: Entry[];
  readonly archived: RunRecord[];
  /** What receivers were told. */
  readonly told: string[];
}

export function lasting(world: Record<string, Json> = {}): Lasting {
  return {
    world: { ...world },
    ledger: [],
    leases: new Map(),
    entries: [],
    archived: [],
    told: [],
  };
}

const key = z.string().describe('Key.');
const value = z.json().describe('Value.') as z.ZodType as z.ZodType<Json>;

/** Actions on the target. `point` is called at each moment in which the process may be killed. */
function actions(
  to: Lasting,
  point: () => Promise<void>,
  during: (key: string) => void,
): AnyAction[] {
  const output = z.strictObject({});
  const found = (name: string): Json => to.world[name] ?? null;
  const set = defineAction({
    name: 'world.set',
    summary: 'Sets a key.',
    impact: 'change',
    on: 'host',
    input: z.strictObject({ key, value }),
    output,
    examples: [],
    settle: { timeout: '0s', every: '1ms' },
    resource: (input) => `key/${input.key}`,
    check: async (_ctx, input) => {
      const before = found(input.key);
      return { before, drift: before === input.value ? null : 'differs', output: {} };
    },
    apply: async (_ctx, input) => {
      await point();
      during(input.key);
      to.ledger.push(`set ${input.key}`);
      to.world[input.key] = input.value;
      await point();
    },
    undo: async (_ctx, input, before) => {
      await point();
      to.ledger.push(`unset ${input.key}`);
      if (before === null) delete to.world[input.key];
      else to.world[input.key] = before;
      await point();
    },
  });
  const send = defineAction({
    name: 'world.send',
    summary: 'Sends a letter, which must not come twice.',
    impact: 'change',
    on: 'host',
    repeatable: false,
    input: z.strictObject({ key }),
    output,
    examples: [],
    settle: { timeout: '0s', every: '1ms' },
    resource: (input) => `letter/${input.key}`,
    check: async (_ctx, input) => ({
      before: found(input.key),
      drift: found(input.key) === 'arrived' ? null : 'not arrived',
      output: {},
    }),
    apply: async (_ctx, input) => {
      await point();
      to.ledger.push(`send ${input.key}`);
      // It is on its way, and nobody can see it yet.
      await point();
      to.world[input.key] = 'arrived';
      await point();
    },
    undo: 'nothing',
  });
  const broken = defineAction({
    name: 'world.broken',
    summary: 'Never works.',
    impact: 'change',
    on: 'host',
    input: z.strictObject({}),
    output,
    examples: [],
    resource: () => 'broken',
    check: async () => ({ before: null, drift: 'broken', output: {} }),
    apply: async () => {
      throw new PermanentError('refused', 'it never works');
    },
    undo: 'nothing',
  });
  const is = defineAction({
    name: 'world.is',
    summary: 'A key has a value.',
    impact: 'read',
    on: 'host',
    input: z.strictObject({ key, value }),
    output,
    examples: [],
    settle: { timeout: '0s', every: '1ms' },
    check: async (_ctx, input) => ({
      before: null,
      drift: found(input.key) === input.value ? null : `${input.key} is something else`,
      output: {},
    }),
  });
  return [set, send, broken, is] as AnyAction[];
}

/** Facts of the actions: the same for every process, and not quickly made. */
let known: Record<string, ActionFacts> | null = null;

const facts = { reason: 'the server is ill', host: 'test', startedAt: '2026-01-01T00:00:00.000Z' };

/** How a definition is asked for. */
export function begin(definition: JsonObject): LocalBeginning {
  const runbook = runbookSchema.parse({ apiVersion: 'runbook/v1', name: 'test', ...definition });
  const request: RunRequest = {
    version: 1,
    runbook,
    definitionHash: 'x',
    inputs: {},
    inventory: { hosts: { local: localHost }, clusters: {}, groups: {} },
    paths: {},
    project: {},
    files: {},
    user: 'ann',
    wait: false,
    planHash: null,
    taskQueue: 'none',
    newHistoryAfter: null,
    resume: null,
  };
  return { ...facts, request };
}

export interface ProcessOptions {
  /** Killed at this point, counted from 1; never unless told. */
  readonly diesAt?: number;
  /** What a person decides when the run waits; nothing when null. */
  readonly person?: (record: RunRecord) => Decision | null;
  /** How it begins; as a run of the definition unless told. */
  readonly begin?: LocalBeginning;
  /** Its id; `r` unless told. */
  readonly run?: string;
  /** Whether nobody takes an event. */
  readonly deaf?: (event: string) => boolean;
  /** Called in the middle of a change of this key. */
  readonly during?: (key: string) => void;
  /** Called with the means of steering, when it begins to go on. */
  readonly steered?: (drive: Pick<Drive, 'decide' | 'stop'>) => void;
}

/** How a process came out. */
export interface Outcome {
  readonly how: 'ended' | 'stopped' | 'died';
  readonly record: RunRecord | null;
  /** Points at which it could have been killed. */
  readonly points: number;
}

/** One process that works at the run, until that ends, or it is killed. */
export async function work(
  definition: JsonObject,
  to: Lasting,
  options: ProcessOptions = {},
): Promise<Outcome> {
  let points = 0;
  const seen: { dead: boolean; record: RunRecord | null } = { dead: false, record: null };
  let drive: Pick<Drive, 'decide' | 'stop'> | null = null;
  let kill: () => void = () => undefined;
  const dies = new Promise<never>((_resolve, reject) => {
    kill = () => {
      seen.dead = true;
      reject(new Died('killed'));
    };
  });
  dies.catch(() => undefined);
  /** What a dead process was at never goes on. */
  const point = async (): Promise<void> => {
    points += 1;
    if (!seen.dead && points === options.diesAt) kill();
    if (seen.dead) await new Promise(() => undefined);
  };
  const during = options.during ?? (() => undefined);
  const catalog = new Catalog([
    { name: 'world', summary: '', actions: actions(to, point, during) },
  ]);
  const worldOf = (run: string): World => ({
    perform: (asked, fences, doing) => {
      const call = { ...asked, fences, run: { id: run, startedAt: facts.startedAt, user: 'ann' } };
      return perform(
        catalog,
        { ...call, inventory: { hosts: {}, clusters: {}, groups: {} } },
        {
          number: doing.attempt,
          signal: doing.signal,
          last: doing.last,
          pulse: doing.pulse,
          open: () => ({}) as Target,
        },
      );
    },
    stop: async (asked) => void to.ledger.push(`stop ${asked.path}`),
    problems: () => [],
    callee: () => {
      throw new PermanentError('not-found', 'no runbook');
    },
    planHash: () => 'hash',
    verifySignature: async () => ({ problem: 'no votes here' }),
    claim: async ({ resource, mode }, wait) => {
      await point();
      const state = to.leases.get(resource) ?? freeLease(resource);
      const by = { run, user: 'ann', purpose: 'p', mode, since: facts.startedAt, until: null };
      const next = claim(state, by, wait);
      to.leases.set(resource, next.state);
      await point();
      return next.answer;
    },
    release: async (resources) => {
      await point();
      for (const resource of resources) {
        const state = to.leases.get(resource) ?? freeLease(resource);
        to.leases.set(resource, release(state, run, facts.startedAt));
      }
      await point();
    },
    archive: async (last) => void to.archived.push(last),
    tell: async (event, { id }) => {
      await point();
      if (options.deaf?.(event.id) === true) throw new PermanentError('refused', 'nobody listens');
      to.told.push(`${id} ${event.id}`);
      await point();
    },
  });
  const asked = new Set<string>();
  /** A person who looks now and then, as long as the process lives. */
  const attend = async (): Promise<void> => {
    while (!seen.dead && !(seen.record !== null && hasEnded(seen.record.state))) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const found = seen.record;
      if (found === null || drive === null || found.waitingFor.length === 0) continue;
      const decision = options.person?.(found) ?? null;
      const once = JSON.stringify([decision, found.decisions.length]);
      if (decision === null || asked.has(once)) continue;
      asked.add(once);
      await drive.decide(found.waitingFor[0]?.run ?? 'r', decision);
    }
  };
  const running = runLocally(
    {
      journal: {
        entries: [...to.entries],
        append: async (entry) => {
          await point();
          to.entries.push(JSON.parse(JSON.stringify(entry)) as Entry);
          await point();
        },
        close: () => Promise.resolve(),
      },
      resolve: () => ({
        inputs: {},
        actions: (known ??= Object.fromEntries(
          catalog.names.map((name) => [name, catalog.facts(name)]),
        )),
      }),
      world: (_begin, run) => worldOf(run),
      now: () => new Date().toISOString(),
      pulses: new Map(),
      show: ({ record }) => {
        seen.record = record();
      },
      steer: (one) => {
        drive = one;
        options.steered?.(one);
      },
    },
    {
      type: 'run',
      version: 1,
      run: options.run ?? 'r',
      build: 'b',
      begin: options.begin ?? begin(definition),
    },
  );
  const attending = attend();
  try {
    const how = await Promise.race([running, dies]);
    seen.dead = true;
    await attending;
    return { how, record: seen.record, points };
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    running.catch(() => undefined);
    return { how: 'died', record: seen.record, points };
  }
}
