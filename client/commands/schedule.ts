import type { Command } from 'commander';
import { PermanentError } from '../../core/errors.js';
import { textOption, type CommandModule, type Options } from '../command.js';
import { exits } from '../exit.js';
import { prepareInputs, wantedRun } from '../inputs/command.js';
import { soundRunbook } from '../library.js';
import { checkId } from '../run-id.js';
import { plainWords, timingOf, usualCatchUp } from '../schedule/timing.js';
import { requestFor, seen } from '../schedule/sight.js';
import type { ScheduleVerb } from '../server/schedule.js';
import type { Session } from '../session.js';
import { line, span } from '../view/line.js';
import { scheduleView, schedulesView, type ScheduleSight } from '../view/schedule.js';

const done: Readonly<Record<ScheduleVerb, string>> = {
  pause: 'is paused',
  resume: 'goes on',
  trigger: 'fires now',
  delete: 'is deleted; what came of it stays with the server',
};

function named(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new PermanentError('usage', 'which schedule? Its name is missing', {
    hint: 'runbook schedule list shows them',
  });
}

async function create(
  session: Session,
  [name, runbook]: readonly (string | undefined)[],
  options: Options,
  command: Command,
): Promise<number> {
  if (name === undefined || runbook === undefined) {
    throw new PermanentError('usage', 'create takes the name of the schedule and the runbook', {
      hint: 'runbook schedule create nightly node-maintenance --every 1h',
    });
  }
  checkId(name, 'the name of a schedule');
  const timing = timingOf(options);
  const wanted = await wantedRun(session, await soundRunbook(session, runbook), options, command);
  const server = await session.server();
  // Whoever sets up a schedule wants it to fire: without a worker it could not.
  await session.worker();
  const { createSchedule, replaceSchedule } = await import('../server/schedule.js');
  const scheduled = {
    name,
    timing,
    request: await requestFor(session, name, wanted),
  };
  if (options['replace'] === true) await replaceSchedule(server, scheduled);
  else await createSchedule(server, scheduled);
  show(session, await seen(session, name));
  return exits.done;
}

function show(session: Session, sight: ScheduleSight): void {
  if (session.flags.json === true) session.out.json(sight);
  else session.out.lines(scheduleView(sight, session.screen));
}

function exitOf({ firings }: ScheduleSight): number {
  const last = firings.find(({ outcome }) => outcome !== 'running');
  if (last?.outcome === 'drift') return exits.changes;
  return last?.outcome === 'failed' || last?.outcome === 'undetermined' ? exits.failed : exits.done;
}

async function list(session: Session): Promise<number> {
  const { listSchedules } = await import('../server/schedule.js');
  const schedules = await listSchedules(await session.server());
  if (session.flags.json === true) session.out.json(schedules);
  else if (schedules.length === 0)
    session.out.lines([line('No schedules. runbook schedule create makes one.', 'dim')]);
  else session.out.lines(schedulesView(schedules, session.screen));
  return exits.done;
}

async function change(
  session: Session,
  name: string,
  verb: ScheduleVerb,
  options: Options,
): Promise<number> {
  const { changeSchedule } = await import('../server/schedule.js');
  const server = await session.server();
  if (verb === 'trigger') await session.worker();
  const reason = textOption(options, 'reason');
  const note = `${verb}d by ${session.user}${reason === undefined ? '' : `: ${reason}`}`;
  await changeSchedule(server, name, verb, note);
  if (session.flags.json === true) session.out.json({ schedule: name, verb });
  else {
    session.out.lines([
      [
        span(`${session.glyphs.done} `, 'good'),
        span(`${name} ${done[verb]}`),
        span(verb === 'delete' ? '' : `  runbook schedule show ${name}`, 'dim'),
      ],
    ]);
  }
  return exits.done;
}

export const command: CommandModule = {
  configure(command) {
    command
      .argument('<what>', 'create, list, show, pause, resume, trigger or delete')
      .argument('[name]', 'name of the schedule')
      .argument('[runbook]', 'create: name of the runbook, or its file')
      .option('--cron <expression>', "create: when, such as '0 6 * * 1-5'")
      .option('--timezone <name>', 'create: zone of --cron, such as Europe/Berlin', 'UTC')
      .option('--every <duration>', 'create: how often, such as 1h')
      .option(
        '--catch-up <duration>',
        'create: how late a firing that was missed is made up for',
        usualCatchUp,
      )
      .option('--replace', 'create: in the place of the one that has this name')
      .option('--reason <text>', 'pause, resume: why')
      .addHelpText(
        'after',
        `
Looks for drift again and again; it never changes a target. The runbook, its inputs and the inventory
are fixed when the schedule is made; create … --replace renews them.
Exit code of show: 0 the last one found no drift, 2 drift, 1 it failed or could not check.`,
      );
  },
  async prepare(session, command, argv) {
    const [what, , runbook] = plainWords(argv);
    if (what !== 'create') return;
    await prepareInputs(session, command, runbook === undefined ? [] : [runbook]);
  },
  async run(session, [what, name, runbook], options, command) {
    switch (what) {
      case 'create':
        return create(session, [name, runbook], options, command);
      case 'list':
        return list(session);
      case 'show': {
        const sight = await seen(session, named(name));
        show(session, sight);
        return exitOf(sight);
      }
      case 'pause':
      case 'resume':
      case 'trigger':
      case 'delete':
        return change(session, named(name), what, options);
      default:
        throw new PermanentError('usage', `schedule does not know '${what}'`, {
          hint: 'create, list, show, pause, resume, trigger or delete',
        });
    }
  },
};
