import { PermanentError } from '../../core/errors.js';
import type { LocalBeginning } from '../../core/local.js';
import type { RunRecord } from '../../core/record.js';
import type { Pulse } from '../../core/run/request.js';
import { failureOf } from '../../core/run/run.js';
import { begunRun } from './begun.js';
import { Drive } from './drive.js';
import type { World } from './engine.js';
import type { Entry, Fact, Resolution } from './entry.js';
import { firstLocalRecord } from './first.js';
import { Family } from './items.js';
import type { Journal } from './journal.js';
import { Kernel } from './kernel.js';

/** What a run without a server is given. */
export interface LocalRunDeps {
  readonly journal: Journal;
  /** Checks definition and inputs. @throws RunbookError */
  resolve(begin: LocalBeginning): Resolution;
  /** What surrounds the run, or that of an item. */
  world(begin: LocalBeginning, run: string): World;
  now(): string;
  /** What lost processes have told last, by path. */
  readonly pulses: ReadonlyMap<string, Pulse>;
  /** Called when the run can be seen, and again whenever there is something new. */
  show(seen: Seen): void;
  /** Called once, before anything goes on: how it takes decisions, and how it is told to stop. */
  steer(drive: Pick<Drive, 'decide' | 'stop'>): void;
}

/** A run to look at. */
export interface Seen {
  readonly kernel: Kernel;
  readonly family: Family;
  record(): RunRecord;
}

function began(entries: readonly Entry[]): Extract<Entry, { type: 'run' }> {
  const [first] = entries;
  if (first?.type === 'run') return first;
  throw new PermanentError('journal-unusable', 'the journal is empty: the run has never begun', {
    hint: 'start it again, with another id',
  });
}

/** The resolution in the journal, or a fresh one; null where it was refused. */
async function resolution(deps: LocalRunDeps, entries: readonly Entry[]): Promise<Fact | null> {
  const known = entries.find(({ type }) => type === 'resolved' || type === 'refused');
  if (known !== undefined) return known;
  let fact: Fact;
  const { begin } = began(entries);
  try {
    // What is put back was resolved when it was changed.
    const { resume } = begin.request;
    const { inputs, actions } = resume ?? deps.resolve(begin);
    fact = { type: 'resolved', inputs, actions };
  } catch (error) {
    fact = { type: 'refused', failure: failureOf(error) };
  }
  await deps.journal.append({ ...fact, at: deps.now() });
  return fact;
}

/**
 * Runs a run to its end, or until it is told to stop, from wherever its journal has brought it. `fresh`: the first
 * line of a new journal.
 */
export async function runLocally(
  deps: LocalRunDeps,
  fresh: Extract<Fact, { type: 'run' }> | null,
): Promise<'ended' | 'stopped'> {
  const { journal } = deps;
  const entries: Entry[] = [...journal.entries];
  if (entries.length === 0 && fresh !== null) {
    const first: Entry = { ...fresh, at: fresh.begin.startedAt };
    await journal.append(first);
    entries.push(first);
  }
  const { run, begin } = began(entries);
  const record = firstLocalRecord(run, begin);
  const resolved = await resolution(deps, entries);
  const kernel = new Kernel(begin.startedAt);
  const family = new Family(kernel, begin, (one) => deps.world(begin, one));
  const close = async (last: RunRecord): Promise<'ended'> => {
    deps.show({ kernel, family, record: () => last });
    await deps.world(begin, run).archive(last);
    if (entries.at(-1)?.type !== 'ended') await journal.append({ type: 'ended', at: deps.now() });
    return 'ended';
  };
  if (resolved?.type !== 'resolved') {
    const failure = resolved?.type === 'refused' ? resolved.failure : null;
    return close({ ...record, state: 'refused', endedAt: deps.now(), failure });
  }
  const { interpreter, execute } = begunRun(run, begin, resolved, family);
  const seen: Seen = { kernel, family, record: () => interpreter.record };
  const drive = new Drive({
    kernel,
    journal,
    execute,
    find: (one) => family.find(one),
    now: deps.now,
    show: () => deps.show(seen),
  });
  await drive.replay(entries);
  for (const call of kernel.open.values())
    if (call.order.path !== null) call.pulse = deps.pulses.get(call.order.path) ?? null;
  deps.steer(drive);
  const how = await drive.run();
  return how === 'ended' ? close(interpreter.record) : how;
}
