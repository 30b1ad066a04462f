import { PermanentError } from '../../core/errors.js';
import type { Decision } from '../../core/run/control.js';
import type { DecisionVerb } from '../../core/run/outcome.js';
import { takerOf, type Taker } from '../../core/run/taker.js';
import { collect, listOption, textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import { findRun } from '../find-run.js';
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
  run: string,
  verb: DecisionVerb,
  putsBack: boolean,
  to: string | null,
): Promise<boolean> {
  if (!session.interactive) {
    throw new PermanentError('usage', `${verb} asks before it is done, and there is no terminal`, {
      hint: 'add --yes',
    });
  }
  const { record } = await lookOnce(session, { run, archived: null });
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
  return confirmed(verb === 'undo' ? `Undo ${run}?` : `End ${run}?`);
}

/** The run that takes the decision: that of an item, where the step is one of its own. */
async function taker(
  session: Session,
  run: string,
  verb: DecisionVerb,
  step: string | null,
): Promise<Taker> {
  if (step === null && !forms[verb].step) return { run, step };
  const { record } = await lookOnce(session, { run, archived: null });
  const found = takerOf(record, verb, step);
  if (typeof found === 'string')
    throw new PermanentError('not-waiting', `${verb} ${run}: ${found}`);
  return found;
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
      if (verb === 'undo') command.option('--to <step>', 'the same as the argument');
      if (verb === 'cancel') command.option('--undo', 'put everything back before ending');
      if (form.asks) command.option('-y, --yes', 'do not ask');
    },
    async run(session, [name, stepName], options) {
      const found = await findRun(session, name ?? '');
      if (found.archived !== null) {
        throw new PermanentError(
          'not-waiting',
          `${verb} ${found.run}: the run has ended: ${found.archived.state}`,
          {
            hint: `runbook report ${found.run} tells how`,
          },
        );
      }
      const named = textOption(options, 'to') ?? stepName ?? null;
      const reason = await reasonFor(session, verb, options);
      const { describe } = await import('../server/look.js');
      const server = await session.server();
      const { taskQueue } = await describe(server, found.run);
      await session.workerOf(taskQueue);
      const { run, step } = await taker(session, found.run, verb, named);
      const putsBack = verb === 'undo' || options['undo'] === true;
      if (
        form.asks &&
        options['yes'] !== true &&
        !(await agreed(session, run, verb, putsBack, step))
      ) {
        session.err.lines([line('Nothing was done.')]);
        return exits.done;
      }
      const by = textOption(options, 'as') ?? session.user;
      const input = await values(options, 'input');
      const outputs = await values(options, 'output');
      const { decide } = await import('../server/decide.js');
      const decided = Date.now();
      await decide(server, run, {
        verb,
        step,
        by,
        reason,
        ...(input === undefined ? {} : { input }),
        ...(outputs === undefined ? {} : { outputs }),
        ...(options['force'] === true ? { force: true } : {}),
        ...(verb === 'cancel' && options['undo'] === true ? { undo: true } : {}),
      });
      if (options['watch'] === true) return followRun(session, found.run, decided);
      if (session.flags.json === true) session.out.json({ run, verb, step, by, reason });
      else session.out.lines(decidedLine(verb, run, step, session.glyphs));
      return exits.done;
    },
  };
}
