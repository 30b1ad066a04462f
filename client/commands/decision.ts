import { PermanentError } from '../../core/errors.js';
import type { Decision } from '../../core/run/control.js';
import type { DecisionVerb } from '../../core/run/outcome.js';
import type { RunRecord } from '../../core/record.js';
import { takerOf, type Taker } from '../../core/run/taker.js';
import { tooLate } from '../../core/run/votes.js';
import { collect, listOption, textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import { findRun, type FoundRun } from '../find-run.js';
import { followRun } from '../follow-run.js';
import { keyValues } from '../inputs/values.js';
import type { Session } from '../session.js';
import { decidedLine } from '../view/decided.js';
import { lookOnce } from './status.js';
import { blank, line } from '../view/line.js';
import { leftChanged } from '../view/tally.js';

/** What a verb takes besides the run. */
interface Form {
  readonly step: boolean;
  /** The run does not take it without a reason. */
  readonly reason: boolean;
  /** Asks before it is done. */
  readonly asks: boolean;
}

const plain: Form = { step: false, reason: false, asks: false };
const forms: Readonly<Record<DecisionVerb, Form>> = {
  retry: { ...plain, step: true },
  approve: { ...plain, step: true },
  skip: { ...plain, step: true, reason: true },
  confirm: { ...plain, step: true, reason: true },
  reject: { ...plain, step: true, reason: true },
  pause: plain,
  resume: plain,
  undo: { ...plain, step: true, asks: true },
  cancel: { ...plain, asks: true },
};

async function values(options: Options, flag: 'input' | 'output'): Promise<Decision['input']> {
  const pairs = Object.entries(await keyValues(listOption(options, flag), `--${flag}`));
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, value.parsed]),
  ) as Decision['input'];
}

async function reasonFor(session: Session, verb: DecisionVerb, options: Options): Promise<string> {
  const given = textOption(options, 'reason');
  if (given !== undefined && given.trim() !== '') return given;
  if (!forms[verb].reason) return '';
  if (session.interactive) {
    const { ask } = await import('../render/ask.js');
    const answer = (await ask(`Why ${verb}? `)).trim();
    if (answer !== '') return answer;
  }
  throw new PermanentError('usage', `${verb} needs a reason: it is kept with the run`, {
    hint: `add --reason "…"`,
  });
}

/** Shows what will be put back or left, and asks. */
async function agreed(
  session: Session,
  found: FoundRun,
  verb: DecisionVerb,
  putsBack: boolean,
  to: string | null,
): Promise<boolean> {
  if (!session.interactive) {
    throw new PermanentError('usage', `${verb} asks before it is done, and there is no terminal`, {
      hint: 'add --yes',
    });
  }
  const { record } = await lookOnce(session, found);
  const from = to === null ? 0 : record.steps.findIndex(({ path }) => path.startsWith(to));
  const changed = leftChanged(record.steps.slice(Math.max(0, from)));
  const names = changed.map(
    (step) => `  ${step.path}${step.drift === null ? '' : `: ${step.drift}`}`,
  );
  const what =
    changed.length === 0
      ? 'Nothing has been changed so far.'
      : putsBack
        ? 'These changes are put back, in this order:'
        : 'These changes stay as they are:';
  session.err.lines([line(what), ...names.map((text) => line(text)), blank]);
  const { confirmed } = await import('../render/ask.js');
  return confirmed(verb === 'undo' ? `Undo ${found.run}?` : `End ${found.run}?`);
}

/** Sees to it that somebody is there to take a decision. */
async function readyFor(session: Session, run: string): Promise<void> {
  const { describe } = await import('../server/look.js');
  const { taskQueue } = await describe(await session.server(), run);
  await session.workerOf(taskQueue);
}

/** The decision as a vote: bound to what is asked for now. */
async function voteOf(
  session: Session,
  found: FoundRun,
  decision: Decision,
  options: Options,
): Promise<Decision> {
  const { castVote } = await import('../vote.js');
  const { record } = await lookOnce(session, found);
  const plan = textOption(options, 'plan');
  return castVote(session, record, decision, { plan, key: textOption(options, 'sign') });
}

/** The run that takes the decision: that of an item, where the step is one of its own. */
async function taker(
  session: Session,
  at: FoundRun,
  verb: DecisionVerb,
  step: string | null,
): Promise<Taker> {
  const { run } = at;
  if (step === null && !forms[verb].step) return { run, step };
  const { record } = await lookOnce(session, at);
  const found = takerOf(record, verb, step);
  if (typeof found === 'string')
    throw new PermanentError('not-waiting', `${verb} ${run}: ${found}`);
  return found;
}

/** Puts back what a run that has ended had changed, by a run of its own. */
async function undoIt(
  session: Session,
  found: FoundRun,
  record: RunRecord,
  step: string | undefined,
  options: Options,
): Promise<number> {
  const { checkUndoable, undoEnded } = await import('../undo-ended.js');
  checkUndoable(record);
  if (step !== undefined || textOption(options, 'to') !== undefined)
    throw new PermanentError('usage', 'a run that has ended is put back as a whole: name no step');
  if (options['yes'] !== true && !(await agreed(session, found, 'undo', true, null))) {
    session.err.lines([line('Nothing was done.')]);
    return exits.done;
  }
  const user = textOption(options, 'as') ?? session.user;
  const reason = textOption(options, 'reason') ?? '';
  return undoEnded(session, record, { user, force: options['force'] === true, reason });
}

/** The command of a verb that decides over a run. */
export function decisionCommand(verb: DecisionVerb): CommandModule {
  const form = forms[verb];
  return {
    configure(command) {
      command.argument('<run>', 'id of the run, its beginning, or latest');
      if (form.step) {
        command.argument(
          '[step]',
          verb === 'undo'
            ? 'put back down to this step; everything unless told'
            : 'path of the step; may be left out where one alone waits',
        );
      }
      command.option('--reason <text>', form.reason ? 'why (required)' : 'why');
      command.option('--as <who>', 'who decides, where it is not you');
      command.option('--watch', 'follow the run afterwards');
      if (verb === 'retry')
        command.option('--input <key=value>', "changes the step's input; may be repeated", collect);
      if (verb === 'skip' || verb === 'confirm')
        command.option('--output <key=value>', 'output for later steps; may be repeated', collect);
      if (verb === 'confirm') command.option('--force', 'also where the check does not agree');
      if (verb === 'undo') {
        command.option('--to <step>', 'the same as the argument');
        command.option('--force', 'a run that has ended: also what is not as it has left it');
      }
      if (verb === 'cancel') command.option('--undo', 'put everything back before ending');
      if (verb === 'approve' || verb === 'reject') {
        command.option(
          '--plan <hash>',
          'only for this plan; for the one asked for now unless told',
        );
        command.option('--sign <keyfile>', 'sign the vote with this SSH key');
      }
      if (form.asks) command.option('-y, --yes', 'do not ask');
    },
    async run(session, [name, stepName], options) {
      const found = await findRun(session, name ?? '');
      const named = textOption(options, 'to') ?? stepName ?? null;
      const { local } = found;
      if (verb === 'undo' && found.archived !== null)
        return undoIt(session, found, found.archived, stepName, options);
      if (found.archived !== null) {
        const { state } = found.archived;
        const late = tooLate(found.archived, { verb, step: named, by: '', reason: '' });
        throw new PermanentError(
          'not-waiting',
          `${verb} ${found.run}: the run has ended: ${state}${late === null ? '' : `; ${late}`}`,
          {
            hint: `runbook report ${found.run} tells how`,
          },
        );
      }
      const reason = await reasonFor(session, verb, options);
      if (local === null) await readyFor(session, found.run);
      const { run, step } = await taker(session, found, verb, named);
      const putsBack = verb === 'undo' || options['undo'] === true;
      if (
        form.asks &&
        options['yes'] !== true &&
        !(await agreed(session, found, verb, putsBack, step))
      ) {
        session.err.lines([line('Nothing was done.')]);
        return exits.done;
      }
      const by = textOption(options, 'as') ?? session.user;
      const input = await values(options, 'input');
      const outputs = await values(options, 'output');
      const decided = Date.now();
      const decision: Decision = {
        verb,
        step,
        by,
        reason,
        ...(input === undefined ? {} : { input }),
        ...(outputs === undefined ? {} : { outputs }),
        ...(options['force'] === true ? { force: true } : {}),
        ...(verb === 'cancel' && options['undo'] === true ? { undo: true } : {}),
      };
      const votes = verb === 'approve' || verb === 'reject';
      const sent = votes ? await voteOf(session, { ...found, run }, decision, options) : decision;
      const watches = options['watch'] === true;
      if (local !== null) {
        const { decideLocally } = await import('../local/decide.js');
        const exit = await decideLocally(session, local, run, sent);
        if (exit !== null) return exit;
        const { followLocally } = await import('../local/follow.js');
        if (watches) return followLocally(session, local.run, null, decided, found.run);
      } else {
        const { decide } = await import('../server/decide.js');
        await decide(await session.server(), run, sent);
        if (watches) return followRun(session, found.run, decided);
      }
      if (session.flags.json === true) session.out.json({ run, verb, step, by, reason });
      else session.out.lines(decidedLine(verb, run, step, session.glyphs));
      return exits.done;
    },
  };
}
