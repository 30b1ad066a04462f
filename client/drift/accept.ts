import type { Command } from 'commander';
import type { Accepted } from '../../core/drift/accepted.js';
import type { DriftEntry, DriftHistory } from '../../core/drift/history.js';
import { seriesOf } from '../../core/drift/places.js';
import { lasting } from '../../core/drift/take.js';
import { PermanentError } from '../../core/errors.js';
import { textOption, type Options } from '../command.js';
import { exits } from '../exit.js';
import { wantedRun } from '../inputs/command.js';
import { findRunbook, isPath } from '../library.js';
import type { Session } from '../session.js';
import { openDrift, type DriftState } from '../state/drift.js';
import { system } from '../system.js';
import { acceptedView } from '../view/accepted.js';
import { line } from '../view/line.js';
import { inputWords } from '../view/run.js';
import { untilOf } from './until.js';

/** The step of a runbook that is meant. */
interface Meant {
  readonly runbook: string;
  readonly step: string;
  readonly target: string | null;
  /** Which inputs; null where none were given. */
  readonly series: string | null;
}

/** True where a step with this path is meant: the path itself, or one of its targets. */
function isMeant(
  { step, target }: Pick<Meant, 'step' | 'target'>,
  one: { readonly path: string; readonly target: string | null },
): boolean {
  const fits = one.path === step || (one.path.startsWith(`${step}[`) && one.path.endsWith(']'));
  return fits && (target === null || one.target === target);
}

async function meant(
  session: Session,
  [name, step]: readonly (string | undefined)[],
  options: Options,
  command: Command,
): Promise<Meant> {
  if (name === undefined || step === undefined) {
    throw new PermanentError('usage', 'accept takes the runbook and the step', {
      hint: 'runbook drift accept RUNBOOK STEP --until 7d --reason "…"; runbook drift show has the steps',
    });
  }
  const target = textOption(options, 'target') ?? null;
  const given = command.options.some(
    (option) =>
      !own.has(option.long ?? '') && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (!given && !isPath(name)) return { runbook: name, step, target, series: null };
  const loaded = await findRunbook(session, name);
  const { runbook } = loaded;
  if (!given) return { runbook: runbook.name, step, target, series: null };
  const { inputs } = await wantedRun(session, loaded, options, command);
  return { runbook: runbook.name, step, target, series: seriesOf(inputs, system.hash) };
}

/** Flags of the command that say nothing about inputs. */
const own: ReadonlySet<string> = new Set([
  '--target',
  '--until',
  '--reason',
  '--list',
  '--withdraw',
  '--project',
  '--json',
  '--plain',
  '--quiet',
]);

/** What drifts now at that step, with the inputs of the checks that found it. @throws PermanentError `not-found`, `usage` */
function driftAt(
  kept: DriftState,
  { runbook, step, target, series }: Meant,
): { readonly history: DriftHistory; readonly entries: readonly DriftEntry[] } {
  const histories = kept
    .histories()
    .filter((one) => one.runbook === runbook)
    .filter((one) => series === null || seriesOf(one.inputs, system.hash) === series);
  if (histories.length === 0) {
    throw new PermanentError('not-found', `no such check of '${runbook}' is on record here`, {
      hint: `look first, and keep it: runbook drift ${runbook} --record`,
    });
  }
  const found = histories.flatMap((history) => {
    const entries = lasting(history).filter(
      (entry) => entry.kind !== 'undetermined' && isMeant({ step, target }, entry),
    );
    return entries.length === 0 ? [] : [{ history, entries }];
  });
  const [only, another] = found;
  if (only === undefined) {
    const where = target === null ? `'${step}'` : `'${step}' on ${target}`;
    throw new PermanentError(
      'not-found',
      `${where} of ${runbook} does not drift, by what is on record`,
      {
        hint: `runbook drift show ${runbook}`,
      },
    );
  }
  if (another === undefined) return only;
  const several = found.map(({ history }) => inputWords(history.inputs) || 'no inputs');
  throw new PermanentError('usage', `'${step}' drifts with several inputs: ${several.join('; ')}`, {
    hint: 'give the inputs that are meant as flags',
  });
}

/** Lets the drift of a step be for a time. */
async function accept(
  session: Session,
  kept: DriftState,
  which: Meant,
  options: Options,
): Promise<Accepted[]> {
  const reason = textOption(options, 'reason')?.trim() ?? '';
  const now = new Date();
  const until = untilOf(textOption(options, 'until'), now);
  if (reason === '') {
    throw new PermanentError('usage', 'accept takes a --reason: others will read it', {
      hint: `runbook drift accept ${which.runbook} ${which.step} --until 7d --reason "…"`,
    });
  }
  const { history, entries } = driftAt(kept, which);
  const series = seriesOf(history.inputs, system.hash);
  const accepted = entries.map(({ path, target, identity, drift }): Accepted => ({
    runbook: which.runbook,
    series,
    path,
    target,
    identity,
    drift,
    by: session.user,
    at: now.toISOString(),
    until: until.toISOString(),
    reason,
  }));
  const others = kept
    .accepted()
    .filter(
      (old) =>
        !accepted.some(
          (one) =>
            one.runbook === old.runbook &&
            one.series === old.series &&
            one.path === old.path &&
            one.target === old.target,
        ),
    );
  kept.accept([...others, ...accepted]);
  return accepted;
}

/** Takes back what was accepted of a step. @throws PermanentError `not-found` */
function withdraw(kept: DriftState, { runbook, series, ...step }: Meant): Accepted[] {
  const all = kept.accepted();
  const ended = all.filter(
    (one) =>
      one.runbook === runbook && isMeant(step, one) && (series === null || one.series === series),
  );
  if (ended.length === 0) {
    throw new PermanentError('not-found', `nothing is accepted of '${step.step}' of ${runbook}`, {
      hint: 'runbook drift accept --list',
    });
  }
  kept.accept(all.filter((one) => !ended.includes(one)));
  return ended;
}

/** `drift accept`: accepts, lists, or takes back. */
export async function acceptDrift(
  session: Session,
  args: readonly (string | undefined)[],
  options: Options,
  command: Command,
): Promise<number> {
  const kept = openDrift(session.state, (await session.project()).id);
  const listing = options['list'] === true;
  let found: readonly Accepted[];
  if (listing) {
    const [runbook] = args;
    found = kept.accepted().filter((one) => runbook === undefined || one.runbook === runbook);
  } else {
    const which = await meant(session, args, options, command);
    found =
      options['withdraw'] === true
        ? withdraw(kept, which)
        : await accept(session, kept, which, options);
  }
  if (session.flags.json === true) session.out.json(found);
  else if (found.length === 0) session.out.lines([line('No drift is accepted.', 'dim')]);
  else {
    session.out.lines(acceptedView(found, session.screen));
    if (options['withdraw'] === true)
      session.out.lines([line('Taken back: it counts again.', 'dim')]);
  }
  return exits.done;
}
